# mypy: disable-error-code="import-not-found, import-untyped"
"""langgraph-checkpoint-sqlite: a graph with `AsyncSqliteSaver`, its messages and counter by reducers.

A message is one `update_state`. A list of sessions is found by the metadata of their checkpoints.
"""

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages

NODE = "chat"


class Chat(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]
    total: Annotated[int, operator.add]


class Adapter:
    threads = False

    async def open(self, folder: Path) -> None:
        self._opened = AsyncSqliteSaver.from_conn_string(str(folder / "checkpoints.db"))
        self._saver = await self._opened.__aenter__()
        graph = StateGraph(Chat)
        graph.add_node(NODE, lambda state: {})
        graph.add_edge(START, NODE)
        self._graph = graph.compile(checkpointer=self._saver)

    async def close(self) -> None:
        await self._opened.__aexit__(None, None, None)

    async def _update(self, session: str, values: dict[str, Any]) -> None:
        about = {"user_id": "ada", "title": session}
        config: Any = {"configurable": {"thread_id": session}, "metadata": about}
        await self._graph.aupdate_state(config, values, as_node=NODE)

    async def _values(self, session: str) -> dict[str, Any]:
        found = await self._graph.aget_state({"configurable": {"thread_id": session}})
        values: dict[str, Any] = found.values
        return values

    async def fill(self, session: str, messages: int, text: str) -> None:
        await self._update(session, {"messages": [HumanMessage(text) for _ in range(messages)]})

    async def append(self, session: str, text: str) -> None:
        await self._update(session, {"messages": [HumanMessage(text)]})

    request = append

    async def last(self, session: str, count: int) -> int:
        return len((await self._values(session))["messages"][-count:])

    async def texts(self, session: str) -> list[str]:
        return [str(message.content) for message in (await self._values(session))["messages"]]

    async def create(self, session: str) -> None:
        await self._update(session, {"messages": []})

    async def newest(self, count: int) -> int:
        found: set[str] = set()
        async for checkpoint in self._saver.alist(None, filter={"user_id": "ada"}):
            found.add(checkpoint.config["configurable"]["thread_id"])
            if len(found) == count:
                break
        return len(found)

    async def increment(self, session: str) -> None:
        await self._update(session, {"total": 1})

    async def total(self, session: str) -> int:
        kept: int = (await self._values(session)).get("total", 0)
        return kept
