"""The pages of signing in: the form, the one-time link, one's own password, and signing out. Without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.errors import ForeshockError, InvalidInput
from cmdb.people import sessions
from cmdb.people import sign_in as desk
from cmdb.people.errors import PersonNeeded, SignInRefused, SignInThrottled
from cmdb.people.passwords import LEAST
from cmdb.people.sessions import Begun
from web.errors import headers_of
from web.request import context
from web.signin.guard import SIGN_IN, policy, present_session
from web.signin.paths import own_path
from web.signin.policy import SignIn
from web.wording import HTTP_STATUS, sentence

blueprint = Blueprint("signin", __name__)

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]
_TWICE = "the two passwords are not the same; type the new one twice"


@dataclass(slots=True)
class Typed:
    """A form as it is shown again: the account and every fault. Passwords are typed anew."""

    account: str = ""
    faults: list[str] = field(default_factory=list)


def register(app: Flask, sign_in: SignIn) -> None:
    """Add the pages to an application at which persons sign in."""
    app.extensions[SIGN_IN] = sign_in
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in", endpoint="form")
def form() -> Answer:
    """Show the form; who is signed in goes on at once."""
    if present_session() is not None:
        return redirect(own_path(request.args.get("next")), 303)
    return _form(Typed()), 200


@blueprint.post("/sign-in", endpoint="sign_in")
def sign_in() -> Answer:
    """Begin a session, and go on to where the person wanted to."""
    account = request.form.get("account", "").strip()
    try:
        begun = desk.sign_in(
            context(), account, request.form.get("password", ""), address=_address(), limits=_policy().limits
        )
    except (SignInRefused, SignInThrottled) as refused:
        return _refused(_form(Typed(account, [sentence(refused)])), refused)
    return _welcomed(begun, own_path(request.form.get("next")))


@blueprint.post("/sign-out", endpoint="sign_out")
def sign_out() -> Answer:
    """End the session, here and in the store."""
    of = present_session()
    if of is not None:
        sessions.sign_out(context(), of.id, address=_address())
    answer = redirect(url_for("signin.form"), 303)
    answer.delete_cookie(_policy().cookie, secure=_policy().secure, httponly=True, samesite="Lax")
    # What the browser kept of the pages goes with the session.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@blueprint.get("/sign-in/link/<secret>", endpoint="link")
def link(secret: str) -> Answer:
    """Show the form of a one-time link; looking at it does not use it up."""
    return _link(secret, Typed(), 200)


@blueprint.post("/sign-in/link/<secret>", endpoint="accept")
def accept(secret: str) -> Answer:
    """Set the password by the link, and begin a session."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _link(secret, Typed(faults=[_TWICE]), 422)
    try:
        begun = desk.accept(context(), secret, password, address=_address(), limits=_policy().limits)
    except InvalidInput as wrong:
        return _link(secret, Typed(faults=[problem.message for problem in wrong.problems]), 422)
    return _welcomed(begun, "/")


@blueprint.get("/account/password", endpoint="password")
def password_form() -> Answer:
    """Show the form of one's own password."""
    return render_template("signin/password.html", typed=Typed(), least=LEAST), 200


@blueprint.post("/account/password", endpoint="change_password")
def change_password() -> Answer:
    """Set one's own password: a new session begins, all others end."""
    of, password = present_session(), request.form.get("password", "")
    if of is None:
        raise PersonNeeded(actor=context().actor.id)
    if password != request.form.get("again", ""):
        return render_template("signin/password.html", typed=Typed(faults=[_TWICE]), least=LEAST), 422
    try:
        begun = desk.change_password(
            context(), of.id, request.form.get("present", ""), password, address=_address(), limits=_policy().limits
        )
    except InvalidInput as wrong:
        faults = [problem.message for problem in wrong.problems]
        return render_template("signin/password.html", typed=Typed(faults=faults), least=LEAST), 422
    except (SignInRefused, SignInThrottled) as refused:
        said = "the present password is wrong" if isinstance(refused, SignInRefused) else sentence(refused)
        page = render_template("signin/password.html", typed=Typed(faults=[said]), least=LEAST)
        return _refused(page, refused)
    flash("Your password is set; all your other sessions have ended.")
    return _welcomed(begun, "/account")


def _form(typed: Typed) -> str:
    wanted = own_path(request.values.get("next"))
    return render_template("signin/sign_in.html", typed=typed, next=wanted)


def _refused(page: str, error: ForeshockError) -> Answer:
    return page, HTTP_STATUS[error.family], headers_of(error)


def _link(secret: str, typed: Typed, status: int) -> Answer:
    person = desk.invited(context(), secret)
    return render_template("signin/link.html", typed=typed, person=person, secret=secret, least=LEAST), status


def _welcomed(begun: Begun, path: str) -> Response:
    """Return the way on, with a cookie whose secret no one has seen before."""
    of = _policy()
    answer = redirect(path, 303)
    answer.set_cookie(of.cookie, begun.secret, httponly=True, secure=of.secure, samesite="Lax", path="/")
    return answer


def _policy() -> SignIn:
    found = policy()
    assert found is not None  # These pages are only there where persons sign in.
    return found


def _address() -> str:
    return request.remote_addr or ""
