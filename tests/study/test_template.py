"""The template is what the reader takes, and the dictionary is what the schemas say."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from remnant.errors import SettingError
from remnant.study import TABLES, StudyConfig, read_study
from remnant.study.template import OF_FILES, data_dictionary, write_template


def test_a_new_study_has_nothing_to_mend(tmp_path):
    files = write_template(tmp_path / "new")
    assert sorted(files) == sorted(path.name for path in (tmp_path / "new").iterdir())
    study = read_study(tmp_path / "new")
    assert [name for name in TABLES if not study.has(name)] == list(OF_FILES)
    assert study.config.study.synthetic
    assert study.notes == ()


def test_every_column_is_explained_above_its_table(tmp_path):
    write_template(tmp_path / "new")
    for name, schema in TABLES.items():
        file = f"{name}.csv.template" if name in OF_FILES else f"{name}.csv"
        text = (tmp_path / "new" / file).read_text(encoding="utf-8")
        for column in schema.columns:
            assert f"# {column.name}{'' if column.required else ' *'}: {column.meaning}" in text


def test_the_dictionary_lists_every_table_and_column():
    text = data_dictionary()
    for name, schema in TABLES.items():
        section = text.split(f"## {name}.csv\n")[1].split("\n## ")[0]
        for column in schema.columns:
            assert f"| `{column.name}` |" in section
            assert column.meaning in section


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and "errors" not in kind.model_fields:
            yield from keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field.description


def test_the_dictionary_lists_every_setting():
    text = data_dictionary()
    listed = dict(keys(StudyConfig))
    for name in ("compartments", "maturation", "probe", "panel"):
        del listed[name]
        assert f"| `{name}.NAME." in text
    for name, meaning in listed.items():
        assert f"| `{name}` |" in text
        assert meaning in text


def test_every_row_of_the_dictionary_is_a_whole_row():
    for block in data_dictionary().split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) <= 1


@pytest.mark.parametrize("kind", ["full", "file", "below a file"])
def test_a_template_never_writes_over_anything(tmp_path, kind):
    target = tmp_path / "new"
    if kind == "full":
        target.mkdir()
        (target / "x").write_text("mine")
    else:
        target.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SettingError) as caught:
        write_template(target / "deeper" if kind == "below a file" else target)
    assert sorted(tmp_path.rglob("*")) == before
    assert str(tmp_path) not in str(caught.value)


def test_an_empty_folder_may_be_filled(tmp_path):
    write_template(tmp_path)
    assert read_study(tmp_path).has("patients")
