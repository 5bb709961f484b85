"""The contract of the port `Records`, to be run against any backend.

    class TestMine(RecordsContract):
        @pytest.fixture
        def records(self, tmp_path):
            records = MyRecords(tmp_path)
            yield records
            records.close()

`records` answers an empty store with the default settings for what is kept. Each test
then runs in both forms, without an event loop and with one, and touches the store through
the port only. For messages that show the values of a failed assertion, call
`pytest.register_assert_rewrite("sojourn.testing.rows")` before the import.
"""

from collections.abc import Iterator

import pytest

from sojourn.ports import Records
from sojourn.testing.forms import FORMS, Form
from sojourn.testing.rows.audit import AuditContract
from sojourn.testing.rows.bounds import BoundContract
from sojourn.testing.rows.branches import BranchContract
from sojourn.testing.rows.bytes import BytesContract, TrashContract
from sojourn.testing.rows.counts import CountContract
from sojourn.testing.rows.devices import CurrentSessionContract, DeviceContract, GlanceContract
from sojourn.testing.rows.erase import EraseContract
from sojourn.testing.rows.events import EventContract, EventSharingContract, EventTrimContract
from sojourn.testing.rows.files import FileContract, ReadingContract
from sojourn.testing.rows.leases import LeaseContract
from sojourn.testing.rows.lists import ListContract, PreviewContract
from sojourn.testing.rows.messages import AppendContract, MessageIdContract, WindowContract
from sojourn.testing.rows.once import OnceContract
from sojourn.testing.rows.pictures import PictureContract
from sojourn.testing.rows.sessions import (
    ClientKeyContract,
    EphemeralContract,
    ReplaceContract,
    SessionContract,
    SessionPageContract,
)
from sojourn.testing.rows.sharing import SharingContract
from sojourn.testing.rows.state import StateConditionContract, StateContract
from sojourn.testing.rows.store import StoreContract
from sojourn.testing.rows.summaries import SummaryContract
from sojourn.testing.rows.transactions import TransactionContract
from sojourn.testing.rows.uploads import TakenContract, UploadContract
from sojourn.testing.rows.users import UserContract
from sojourn.testing.scene import Scene


class RecordsContract(
    UserContract,
    DeviceContract,
    CurrentSessionContract,
    GlanceContract,
    SessionContract,
    ReplaceContract,
    SessionPageContract,
    ListContract,
    PreviewContract,
    ClientKeyContract,
    EphemeralContract,
    EraseContract,
    StateContract,
    StateConditionContract,
    AppendContract,
    MessageIdContract,
    WindowContract,
    BranchContract,
    BoundContract,
    SummaryContract,
    UploadContract,
    TakenContract,
    BytesContract,
    TrashContract,
    FileContract,
    ReadingContract,
    PictureContract,
    OnceContract,
    EventContract,
    EventTrimContract,
    LeaseContract,
    TransactionContract,
    SharingContract,
    EventSharingContract,
    StoreContract,
    AuditContract,
    CountContract,
):
    """Subclass it, name the class `Test…`, and give it the fixture `records`."""

    @pytest.fixture(params=sorted(FORMS))
    def run(self, request: pytest.FixtureRequest, records: Records) -> Iterator[Form]:
        """A caller of the records, in one form after the other."""
        with FORMS[request.param](records) as form:
            yield form

    @pytest.fixture
    def scene(self, run: Form) -> Scene:
        """Two users in the store."""
        return Scene(run)
