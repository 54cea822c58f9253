"""A watchdog in one process whose hooks a simulated Quay sends to the real application."""

from dataclasses import replace
from datetime import timedelta

from tests.work.conftest import APP, House
from watchdog.core.quay_hook import HookAuth, HookReceiver
from watchdog.demo.registry_http import Answer, Server
from watchdog.store.quay_hooks import QuayHooks
from watchdog.web.app import close_app, create_app
from watchdog.work.quay_hooks import check_hooks

SECRET, TOKEN = "correct-horse-battery", "an-admin-token"


class Hooked(House):
    """A watched repository with our hook, which the real application receives while `up`."""

    def __init__(self, stack, client, tmp_path):
        super().__init__(stack, client, tmp_path, {})
        self.up = True
        app = create_app(
            policy=lambda: self.tools.policy,
            client=client,
            look_every=timedelta(minutes=5),
            hook_secrets=(SECRET,),
        )
        stack.callback(close_app, app)
        server = Server(("127.0.0.2", 0), lambda asked: self._answer(app.test_client(), asked))
        server.start()
        stack.callback(server.stop)
        self.base_url = f"http://127.0.0.2:{server.server_port}"
        self.quay = self.registry.quay
        self.settings = replace(self.settings, base_url=self.base_url, hook_secrets=(SECRET,))
        self.allow("repo:admin")

    def _answer(self, browser, asked):
        if not self.up:
            return Answer(500)
        answer = browser.post(asked.path, data=asked.body, headers=dict(asked.headers.items()))
        return Answer(answer.status_code, {}, answer.data)

    def allow(self, scope, **policy):
        """Give us a token of this scope."""
        self.quay.grant(TOKEN, scope=scope)
        self.settings = replace(self.settings, quay_tokens={self.registry.host: TOKEN})
        self.policy({}, **policy)

    def install(self, path=APP):
        """Make our hook; returns the row that Quay keeps."""
        self.quay.create(path)
        config = HookReceiver(self.base_url, (SECRET,)).config(HookAuth.BODY)
        return self.quay.notifications.add(
            path,
            {"event": "repo_push", "method": "webhook", "config": config, "eventConfig": {}},
        ).hook

    def hook(self, tag=None):
        self.tools.looks.announce(str(tag or self.tag), hint='{"from": "quay"}')

    def hear(self):
        """Let the hooks arrive, and look at what they told of."""
        self.settle()
        while claim := self.claim():
            self.examiner.examine(claim)

    def settle(self):
        self.quay.notifications.sender.settle()

    def sweep(self, **how):
        """Do the chore once, now; returns what is known of each repository, by path."""
        self.tools.chores.announce("quay-hooks")
        check_hooks(self.tools, self.claim(self.tools.chores), **how)
        return {one.path: report for one, report in QuayHooks(self.client).reports().items()}

    def later(self, span):
        self.ahead += span + timedelta(seconds=1)

    def look_by_timer(self):
        """Look as the timer does: due, and announced by nobody."""
        self.tools.looks.schedule([(str(self.tag), 0)])
        claim = self.claim()
        memory = self.examiner.examine(replace(claim, announced=False))
        assert memory is None
