"""URLs of people: the way in, their own settings, and the owner's list of them."""

from django.urls import path

from danshu.web.people import pages, profile, signing

urlpatterns = [
    path("", signing.root, name="root"),
    path("sign-in/", signing.sign_in, name="people-sign-in"),
    path("sign-out/", signing.sign_out, name="people-sign-out"),
    path("join/<str:token>/", signing.accept, name="people-accept"),
    path("me/", profile.profile, name="people-profile"),
    path("me/password/", profile.password, name="people-password"),
    path("me/language/", profile.language, name="people-language"),
    path("settings/people/", pages.people, name="people-list"),
    path("settings/people/house/", pages.house, name="people-house"),
    path("settings/people/invite/", pages.invite, name="people-invite"),
    path("settings/people/invites/<int:invite_id>/withdraw/", pages.withdraw, name="people-withdraw"),
    path("settings/people/<int:user_id>/", pages.person, name="people-person"),
    path("settings/people/<int:user_id>/deactivate/", pages.deactivate, name="people-deactivate"),
    path("settings/people/<int:user_id>/activate/", pages.activate, name="people-activate"),
]
