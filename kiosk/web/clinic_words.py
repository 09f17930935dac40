"""What the clinic's pages say: templates ask for a row by its name. Forms and doors word their own refusals where they find them."""

from collections.abc import Mapping

from kiosk.clinic import BoutState
from kiosk.gait.refusals import DIRECTIONS
from kiosk.words import Phrase

WORDS: Mapping[str, Phrase] = {
    "title": Phrase("Clinic"),
    "skip": Phrase("To the content"),
    "patients": Phrase("Patients"),
    "runs": Phrase("Runs of the gym"),
    "settings": Phrase("Settings"),
    "keys": Phrase("Keys for scripts"),
    "lock": Phrase("Lock"),
    "menu": Phrase("Pages of the clinic"),
    "language_en": Phrase("English"),
    "language_de": Phrase("Deutsch"),
    "back": Phrase("Back"),
    "save": Phrase("Save"),
    "cancel": Phrase("Cancel"),
    "pin": Phrase("PIN"),
    "enter": Phrase("Unlock"),
    "door": Phrase("Locked"),
    "door_text": Phrase("Type your PIN."),
    "first_title": Phrase("Choose the clinic's PIN"),
    "first_text": Phrase(
        "This PIN opens everything. Keep it where patients do not see it; a second one for the staff of the gym can be set later."
    ),
    "pin_rule": Phrase("6 to 12 digits"),
    "pin_new": Phrase("New PIN"),
    "pin_again": Phrase("The same again"),
    "pin_old": Phrase("Your PIN now"),
    "pin_for": Phrase("New PIN for"),
    "pin_change": Phrase("Change the PIN"),
    "pin_changed": Phrase("The PIN is changed. Other browsers that used the old one have to sign in again."),
    "pin_at_station": Phrase("There is no PIN yet. The first one is set at the station itself, on its own screen."),
    "role_gym": Phrase("Gym"),
    "role_clinic": Phrase("Clinic"),
    "gym_no_pin": Phrase("The gym has no PIN yet: only the clinic can sign in."),
    "locked": Phrase("The clinic's pages are locked: type the PIN."),
    "not_allowed": Phrase("Your PIN does not open this page. Lock, and sign in with the clinic's PIN."),
    "not_here": Phrase("There is nothing here: it may have been deleted."),
    "not_this_way": Phrase("This address is not asked this way: go back and use the buttons."),
    "too_large": Phrase("The form is too large: shorten the notes."),
    "old_form": Phrase("This form is too old or did not come from this page: load the page again, then send it once more."),
    "refused": Phrase("The request was refused: go back and try again."),
    "disk": Phrase("The disk could not be read or written: nothing was changed. Its state is in the station's log."),
    "asleep": Phrase(
        "This page was not used for a while, and shows nothing any more. Unlock it with your PIN; the station must be on for that."
    ),
    "silent": Phrase("The station does not answer."),
    "silent_bout": Phrase("Look at its own screen: a bout can go on there without this page. This page goes on by itself once it answers."),
    "silent_copy": Phrase("Leave the stick in. This page goes on by itself once the station answers."),
    "problem": Phrase("This did not work"),
    "done": Phrase("Done"),
    "fingerprint": Phrase("Certificate of this station (SHA-256)"),
    "fingerprint_why": Phrase(
        "Compare it with what your browser shows about the certificate, once for each device. If it differs, do not type a PIN."
    ),
    "address": Phrase("Address for other devices"),
    "no_network": Phrase("Other devices cannot open these pages: [web] lan is off in kiosk.toml, or there is no network."),
    "search": Phrase("Search for a code"),
    "new_patient": Phrase("New patient"),
    "no_patients": Phrase("There are no patients yet."),
    "none_found": Phrase("No code fits."),
    "code": Phrase("Code (pseudonym)"),
    "code_rule": Phrase("As your own list has it. No name, no date of birth."),
    "height": Phrase("Height, cm"),
    "speed": Phrase("Belt speed, km/h"),
    "incline": Phrase("Incline, %"),
    "notes": Phrase("Notes"),
    "since": Phrase("Since {day}"),
    "facts": Phrase("Facts"),
    "change_facts": Phrase("Change the facts"),
    "unknown": Phrase("not known"),
    "assessments": Phrase("Assessments"),
    "no_assessments": Phrase("None yet."),
    "kind_baseline": Phrase("Baseline"),
    "kind_retest": Phrase("Retest"),
    "start_baseline": Phrase("Start a baseline"),
    "start_retest": Phrase("Start a retest"),
    "open": Phrase("Open"),
    "bouts_n": Phrase("bouts: {n}"),
    "report": Phrase("Report"),
    "trend": Phrase("Newest report with trends"),
    "export": Phrase("Export"),
    "export_text": Phrase(
        "One zip file with everything about this patient: numbers, poses, reports. It is encrypted; without the "
        "password nobody can open it, nor can we."
    ),
    "password": Phrase("Password, {least} characters or more"),
    "password_again": Phrase("Password again"),
    "get_file": Phrase("Download"),
    "to_stick": Phrase("Write to the USB stick"),
    "stick_free": Phrase("{name}, {free:.1f} GB free"),
    "no_stick": Phrase("No USB stick is in the station. Put one in and load this page again."),
    "copying": Phrase("Writing to {stick}"),
    "copied": Phrase("Written and checked. The stick may be taken out now."),
    "leave_in": Phrase("Leave the stick in."),
    "no_copy": Phrase("Nothing is being written."),
    "delete": Phrase("Delete completely"),
    "delete_text": Phrase(
        "Everything about this patient is deleted from this device: facts, notes, bouts, poses, videos. It cannot be "
        "undone. Files that you took away are not deleted."
    ),
    "delete_type": Phrase("Type the code {code} to confirm"),
    "other_code": Phrase("This is not the code of this patient: nothing was deleted."),
    "deleted": Phrase("The patient is deleted, with {bouts} bouts and {files} files."),
    "consent": Phrase("Consent"),
    "consent_read": Phrase("Read this together."),
    "agree": Phrase("The patient agrees"),
    "agree_video": Phrase("Video of these bouts may be kept too"),
    "begin": Phrase("Go on to the first bout"),
    "what_for": Phrase("What is this?"),
    "steps": Phrase("Steps"),
    "step_1": Phrase("Side view"),
    "step_2": Phrase("Front or rear"),
    "step_3": Phrase("Results"),
    "faces": Phrase("The camera stands at the patient's"),
    **{f"view_{view}": word for view, word in DIRECTIONS.items()},
    "from_treadmill": Phrase("Speed and incline come from the treadmill."),
    "start_bout": Phrase("Start the bout ({seconds} s)"),
    "stop_bout": Phrase("Stop the bout"),
    "before_start": Phrase("First let the patient run at this speed. Then start: the station counts down and measures."),
    "repeat": Phrase("Repeat this bout"),
    "use_it": Phrase("Use it and go on"),
    "use_earlier": Phrase("Use the earlier bout and go on"),
    "go_on": Phrase("Go on"),
    "bout_ok": Phrase("This bout can be used"),
    "bout_bad": Phrase("This bout should be repeated"),
    "bouts_before": Phrase("Bouts before it"),
    "bout_counts": Phrase("is used"),
    "bout_rejected": Phrase("is not used, since it should have been repeated"),
    "bout_replaced": Phrase("is not used, since there is a newer one"),
    "bout_facts": Phrase("{strides} strides, {seconds:.0f} s"),
    "bout_failed": Phrase("The bout gave nothing"),
    "busy": Phrase("Another bout is running at the station: wait until it is over."),
    "missing": Phrase("not measured"),
    "look_report": Phrase("Look at the report"),
    "paper_report": Phrase("PDF to print"),
    "in_en": Phrase("in English"),
    "in_de": Phrase("in German"),
    "comparison": Phrase("Against the baseline"),
    "no_comparison": Phrase("There is no earlier baseline to compare with."),
    "metric": Phrase("Metric"),
    "before": Phrase("Before"),
    "after": Phrase("After"),
    "difference": Phrase("Difference"),
    "smallest": Phrase("Smallest change that can be seen"),
    "seen_from": Phrase("Seen from the {view}"),
    "answer": Phrase("Answer"),
    "outcome_changed": Phrase("changed"),
    "outcome_not_distinguishable": Phrase("not distinguishable"),
    "outcome_cannot_tell": Phrase("cannot tell"),
    "files": Phrase("Files for other programs"),
    "to_patient": Phrase("To the patient"),
    "run_of": Phrase("{start}, {minutes:.0f} min"),
    "no_runs": Phrase("There are no runs."),
    "remove": Phrase("Delete"),
    "remove_sure": Phrase("Really delete"),
    "made": Phrase("made {day}"),
    "keys_text": Phrase("A key lets a program read or control this station over the network. Whoever has it needs no PIN."),
    "key_name": Phrase("What it is for"),
    "key_make": Phrase("Make a key"),
    "key_once": Phrase("Copy this key now: it is shown this once."),
    "key_revoke": Phrase("Revoke"),
    "scope_read": Phrase("read"),
    "scope_control": Phrase("start and stop"),
    "may_do": Phrase("The key may"),
    "no_keys": Phrase("There are no keys."),
    "belt": Phrase("Treadmill"),
    "belt_treadmill": Phrase("The treadmill itself tells speed and incline."),
    "set_belt": Phrase("Set"),
    "privacy": Phrase("What is kept"),
    "keep_patients": Phrase("Patients without a new assessment are deleted after {days} days."),
    "lock_after": Phrase("These pages lock after {minutes:g} minutes without use."),
    "sweeps": Phrase("Deleted by the daily sweep"),
    "swept": Phrase("{day}: patients {patients}, runs {sessions}, bouts {bouts}, codes {codes}, files {files}"),
    "no_sweeps": Phrase("Nothing was deleted yet."),
}
"""Name -> words; those with {fields} are filled by who uses them."""

STATES: Mapping[BoutState, Phrase] = {
    BoutState.WAITING: Phrase("About to begin"),
    BoutState.RUNNING: Phrase("Running"),
    BoutState.MEASURING: Phrase("Measuring"),
    BoutState.DONE: Phrase("Done"),
    BoutState.FAILED: Phrase("Not measured"),
}
"""Where a bout stands, in large letters."""

DOING: Mapping[BoutState, Phrase] = {
    BoutState.WAITING: Phrase("The patient runs at the speed of the bout. The countdown is on the station's screen too."),
    BoutState.RUNNING: Phrase("The patient runs on evenly, looks ahead and does not hold on to anything. Leave the belt's speed as it is."),
    BoutState.MEASURING: Phrase("The patient may slow the belt down and step off. The verdict comes in a moment."),
}
"""What the patient does meanwhile."""

CONSENT: tuple[Phrase, ...] = (
    Phrase(
        "You will run twice on the treadmill, about a minute each. A camera follows the joints of your body and this "
        "device calculates how you run, for example steps per minute and how far you lean."
    ),
    Phrase(
        "Stored are the numbers and a stick figure of your movement, under a code instead of your name. The picture of "
        "the camera is not stored, unless you allow a video below."
    ),
    Phrase("Everything stays on this device. Nothing is sent to the internet. Your clinic can print a report or take an encrypted copy."),
    Phrase("It is kept for {years} years after your last visit at most, then it is deleted by itself."),
    Phrase(
        "You may end the run at any time. You may ask at any time to see what is stored, to have a copy of it, or to "
        "have it deleted completely; this has no disadvantage for you."
    ),
    Phrase("The measurement is no diagnosis."),
)
"""What a patient is asked, one line a paragraph; {years} is how long it is kept. Kept word by word with the answer."""
