"""Which texts are found, and in whose catalogue they land."""

from pathlib import Path

import polib
import pytest

from danshu.cli import catalogues, texts
from danshu.cli.texts import Text


def test_python_texts_are_found_under_any_name():
    source = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy as p
from django.utils import translation
_("发货") ; ngettext("%d 单", "%d 单", n) ; p("tab", "看板") ; translation.gettext("今日") ; _("第一行"
  "第二行") ; other("不算") ; _(variable)
"""
    assert set(texts.in_python(source)) == {
        Text("发货"), Text("%d 单", plural="%d 单"), Text("看板", "tab"), Text("今日"), Text("第一行第二行"),
    }  # fmt: skip


def test_template_texts_are_found():
    source = """{% load i18n %}<p title="{% translate "打印" %}">{{ name|default:_("没有") }}</p>{% translate "看板" context "tab" %}
{% blocktranslate trimmed count n=rows|length %}
  {{ n }} 单
{% plural %}
  {{ n }} 单
{% endblocktranslate %}{% blocktranslate with who=user.name %}{{ who }} 的订单{% endblocktranslate %}{# 旧的 #}"""
    assert set(texts.in_template(source)) == {
        Text("打印"), Text("没有"), Text("看板", "tab"), Text("%(n)s 单", plural="%(n)s 单"), Text("%(who)s 的订单"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("orders/operations/hold.py", "orders"),
        ("web/stock/pages.py", "web/stock"),
        ("web/templates/stock/list.html", "web/stock"),
        ("web/templates/_base.html", "web"),
        ("web/errors.py", "web"),
        ("config/settings.py", "web"),
    ],
)
def test_every_file_has_one_catalogue(path, room):
    assert texts.room_of(Path(path)) == room


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A house of one room that says two things."""
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    (tmp_path / "tea").mkdir()
    module = tmp_path / "tea" / "cups.py"
    module.write_text('from django.utils.translation import gettext as _\n_("茶") ; _("%(n)s 杯")\n')
    return module


def entries() -> dict[str, polib.POEntry]:
    return {entry.msgid: entry for entry in polib.pofile(str(catalogues.path_of("tea")))}


def translate(**english: str) -> None:
    catalogue = polib.pofile(str(catalogues.path_of("tea")))
    for entry in catalogue:
        entry.msgstr = english.get(entry.msgid, entry.msgstr)
    catalogue.save()


def test_a_catalogue_follows_the_code_and_forgets_no_translation(house):
    assert catalogues.merge() == 2
    translate(**{"茶": "tea", "%(n)s 杯": "%(n)s cups"})
    assert not catalogues.check()
    house.write_text('from django.utils.translation import gettext as _\n_("茶") ; _("水")\n')
    assert catalogues.merge() == 1
    assert (entries()["%(n)s 杯"].obsolete, entries()["水"].msgstr) == (1, "")
    house.write_text('from django.utils.translation import gettext as _\n_("茶") ; _("%(n)s 杯")\n')
    catalogues.merge()
    assert (entries()["%(n)s 杯"].obsolete, entries()["%(n)s 杯"].msgstr) == (0, "%(n)s cups")


def test_a_lost_placeholder_and_a_missing_translation_are_told(house):
    catalogues.merge()
    translate(**{"%(n)s 杯": "%(m)s cups"})
    findings = catalogues.check()
    assert findings.untranslated == ["tea: '茶'"]
    assert "other placeholders" in findings.broken[0]


def test_one_text_has_one_translation_in_the_whole_house(house, tmp_path):
    (tmp_path / "milk").mkdir()
    (tmp_path / "milk" / "jug.py").write_text(house.read_text())
    catalogues.merge()
    translate(**{"茶": "tea", "%(n)s 杯": "%(n)s cups"})
    (tmp_path / "salt").mkdir()
    (tmp_path / "salt" / "pot.py").write_text(house.read_text())
    catalogues.merge()
    assert {entry.msgstr for entry in polib.pofile(str(catalogues.path_of("salt")))} == {"tea", "%(n)s cups"}
    catalogue = polib.pofile(str(catalogues.path_of("milk")))
    for entry in catalogue:
        entry.msgstr = "Tee" if entry.msgid == "茶" else "%(n)s Tassen"
    catalogue.save()
    assert [line.split(":")[0] for line in catalogues.check().broken] == ["salt", "salt", "tea", "tea"]  # milk came first


def test_compiled_catalogues_are_written_once(house):
    catalogues.merge()
    assert (catalogues.compile_all(), catalogues.compile_all()) == (1, 0)
