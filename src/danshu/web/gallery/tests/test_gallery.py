"""Every component, once."""

import pytest


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 404), ("picker", 404)])
def test_the_gallery_is_the_owners(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/dev/ui/").status_code == status


def test_no_page_of_ours_holds_inline_style_or_script(owner, client_of):
    page = client_of(owner).get("/dev/ui/").content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
