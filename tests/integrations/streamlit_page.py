"""A page in one file, as one may be written. What a run does, its query says."""

import os
import threading
import time
from contextvars import copy_context
from pathlib import Path

import streamlit as st

import sojourn
from sojourn import Settings, Sojourn
from sojourn.integrations import streamlit


def thread(target):
    said = []

    def work():
        try:
            said.append(target())
        except RuntimeError as error:
            said.append(f"{type(error).__name__}: {error}")

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return said[0]


def wait_for(name):
    """Until the test has made the file."""
    for _ in range(1000):
        if Path(os.environ["SIGNALS"], name).exists():
            return
        time.sleep(0.01)
    raise TimeoutError(name)


def do(what, session):
    if what == "say":
        session.messages.append("user", "hello")
    elif what == "erase":
        session.messages.append("user", "gone")
        session.erase()
        streamlit.current().messages.append("user", "anew")
    elif what == "out":
        streamlit.visit().sign_out()
        st.rerun()
    elif what == "slow":
        st.write("waiting")
        wait_for("go")
        session.messages.append("user", "too late")
    elif what == "threads":
        id = lambda: sojourn.current_session().id  # noqa: E731
        context = copy_context()
        st.write(f"copied {thread(lambda: context.run(id)) == session.id}")
        st.write(f"bare {thread(id)}")


if not st.runtime.exists():
    store = Sojourn.open(os.environ["STORE"], settings=Settings(durability="process"))
    app = st.App(__file__, **streamlit.app(store))
else:
    session = streamlit.current()
    do(st.query_params.get("do"), session)
    if st.button("Say"):
        do("say", session)
    if st.button("Sign out"):
        do("out", session)
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    session = sojourn.current_session()
    st.write(f"run {st.session_state.runs}")
    st.write(f"server {os.getpid()}")
    st.write(f"session {session.id}")
    st.write(f"turns {[message.text for message in session.messages.last()]}")
    st.text_input("Topic", **streamlit.bind("topic", ""))
    st.text_input("Colour", **streamlit.bind("colour", "red"))
    papers = streamlit.uploader(
        "Papers", type=["csv", "txt"], accept_multiple_files=True, max_upload_size=100
    )
    for paper in papers:
        with paper.open() as data:
            st.write(f"paper {paper.name} {paper.size} {data.read(5)!r}")
    photo = streamlit.uploader("Photo")
    st.write(f"photo {photo and photo.name}")
