"""A page that is started without sojourn's App: the store is given to it."""

import os

import streamlit as st

from sojourn import Settings, Sojourn, current_session
from sojourn.integrations import streamlit


@st.cache_resource(on_release=Sojourn.close)
def opened() -> Sojourn:
    return Sojourn.open(os.environ["STORE"], settings=Settings(durability="process"))


session = streamlit.current(opened())
if not streamlit.persists():
    st.caption(streamlit.TAB_ONLY)
if st.query_params.get("do") == "say" or st.button("Say"):
    session.messages.append("user", "hello")
if st.query_params.get("do") == "out" and (who := streamlit.visit()).device:
    who.sign_out()
    st.rerun()
session = current_session()
st.write(f"session {session.id}")
st.write(f"turns {[message.text for message in session.messages.last()]}")
st.text_input("Topic", **streamlit.bind("topic", ""))
for paper in streamlit.uploader("Papers", type="txt", accept_multiple_files=True):
    with paper.open() as data:
        st.write(f"paper {paper.name} {paper.type} {data.read()!r}")
