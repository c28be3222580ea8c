"""For machines that watch over Danshu: `/healthz` says whether it is well, `/metrics` says numbers. No people's data in either."""
