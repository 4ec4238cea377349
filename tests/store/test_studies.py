from remnant.store.audit import Change, entries, verify_chain
from remnant.store.drafts import change_draft, draft, drafts, drop_draft, put_draft
from remnant.store.results import keep, latest
from remnant.store.studies import all_studies, create_study, revise, revisions, study_called
from remnant.store.trees import checkout, put_folder, replaced_file, tree_files


def test_smoke(store, study_folder, tmp_path):
    tree = put_folder(store, study_folder)
    record = create_study(store, who="anna", title="Mein Zürich 5q", tree=tree)
    assert record.slug == "mein-zurich-5q"
    new = replaced_file(store, tree, "notes/a b.txt", b"hi")
    record = revise(
        store, record, who="b", tree=new, expected=1, changes=[Change("notes/a b.txt", "", "x")], why="w"
    )
    assert record.head == 2
    assert (checkout(store, record.tree) / "notes/a b.txt").read_bytes() == b"hi"
    assert len(revisions(store, record)) == 2
    assert study_called(store, record.slug) == record
    assert all_studies(store) == (record,)
    d = put_draft(store, who="anna", title="t", tree=tree)
    d = change_draft(store, d, who="anna", tree=new, expected=tree)
    assert drafts(store) == (d,) == (draft(store, d.id),)
    drop_draft(store, d, who="anna")
    k = keep(
        store, who="a", study=record, revision=2, kind="analysis", folder=study_folder, key="k", job=None
    )
    assert k == latest(store, record, "analysis")
    assert verify_chain(store) == ()
    assert len(entries(store)) == 6
    assert tree_files(store, new).keys() - tree_files(store, tree).keys() == {"notes/a b.txt"}
