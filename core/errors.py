"""Expected failures: the only errors that are shown to people."""


class AppError(Exception):
    """An expected failure, described for people: what happened, how many, what to do.

    Args:
        message: one sentence saying what happened and how many things it concerns.
        title: two to five words for a dialog's heading.
        hint: one sentence saying what to do about it.
    """

    def __init__(self, message: str, *, title: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.title = title
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ImageRefused(AppError):
    """A file that cannot be taken as a photograph; `message` is the reason in a few words."""


class WorkspaceInUse(AppError):
    """Another process serves this workspace."""


class SettingImpossible(AppError):
    """A setting of a training run that cannot work.

    `setting` is its name in `core.settings.config`, which people may know by another one; `rule`
    says what it must be, or why it cannot be so.
    """

    def __init__(self, setting: str, rule: str, *, hint: str) -> None:
        super().__init__(
            f"The training setting {setting} {rule}.", title="Setting not possible", hint=hint
        )
        self.setting = setting
        self.rule = rule


class LeakingSplit(AppError):
    """Patients or identical photographs stand on two sides of a split."""


class WeightsUnavailable(AppError):
    """Initial weights are missing, unreachable or belong to another network."""


class ViewUnavailable(AppError):
    """The asked feature needs the FiftyOne view, which is not running."""


class JobFailed(AppError):
    """A background job ended without a result."""


class Paused(Exception):
    """No failure: a person has asked a job to leave without a result and to go on later."""
