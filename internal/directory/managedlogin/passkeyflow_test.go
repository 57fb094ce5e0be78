package managedlogin_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/authenticator"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const (
	secureOrigin = "https://login.example.com"
	party        = "login.example.com"
)

// passkeyWorld is a world at an address with TLS, whose pool allows passkeys. Its
// passkeys belong to the domain.
func passkeyWorld(t *testing.T, change func(*userpool.Settings)) *world {
	t.Helper()
	w := newWorld(t, func(s *userpool.Settings, c *userpool.ClientSettings) {
		s.FirstFactors, c.AuthFlows = []string{userpool.FirstPassword, userpool.FirstEmail, userpool.FirstPasskey}, []string{userpool.FlowUserChoice}
		if change != nil {
			change(s)
		}
	})
	w.origin = secureOrigin
	w.restart()
	w.user(alice, good)
	return w
}

// withPasskey gives alice a passkey, which is in the device that it returns.
func (w *world) withPasskey() *authenticator.Device {
	w.t.Helper()
	d := authenticator.New(w.t, party, secureOrigin)
	u := w.MustFind(alice)
	options, err := w.SignIns.StartPasskey(w.t.Context(), w.Pool, w.client, u)
	must(w.t, err)
	must(w.t, w.SignIns.AddPasskey(w.t.Context(), w.Pool, w.client, u, d.Create(options)))
	return d
}

// options returns what the script of the page gives to the browser.
func (a *answer) options() []byte { return []byte(a.form().Get("options")) }

func TestSignInWithAPasskey(t *testing.T) {
	w := passkeyWorld(t, nil)
	d := w.withPasskey()
	b := w.browser()
	choice := w.name(b, alice).wantPage(200, "Choose how to sign in", ">Passkey<", ">Password<", "A code by e-mail")
	page := choice.submit("answer", signin.WebAuthn).wantPage(200, "Use your passkey", "<script>", "Sign in another way")
	page.submitNth(1).wantPage(200, "Choose how to sign in")

	for failure, want := range map[string]string{
		"": "Allow JavaScript", "NotAllowedError": "Try again, or go on without.", "NotSupportedError": "knows no passkeys",
		"SecurityError": "do not work at this address", "<b>": "Try again, or go on without.",
	} {
		page = page.submit("failure", failure).wantPage(200, want, "Use your passkey", "Sign in another way").wantNot("<b>")
	}
	page = page.submit("credential", "{}").wantPage(200, "could not be read", "Use your passkey")
	thief := authenticator.New(t, party, secureOrigin)
	thief.ID, thief.Handle = d.ID, d.Handle
	page = page.submit("credential", string(thief.Get(page.options()))).wantPage(200, "was not accepted")
	elsewhere := *d
	elsewhere.Origin = "https://login.example.com.evil.example"
	page = page.submit("credential", string(elsewhere.Get(page.options()))).wantPage(200, "was not accepted")
	other := *d
	other.RPID = "evil.example"
	page = page.submit("credential", string(other.Get(page.options()))).wantPage(200, "was not accepted")
	b.get("/login" + w.query()).wantNot("Continue as")

	answer := string(d.Get(page.options()))
	page.submit("credential", answer).wantCode()
	page.submit("credential", answer).wantPage(200, "was sent before")
}

// Passkeys are offered only where they work: at the relying party and below it.
func TestPasskeysAreOfferedWhereTheyWork(t *testing.T) {
	tests := map[string]struct {
		change func(*world)
		offers bool
	}{
		"the relying party":      {func(*world) {}, true},
		"without TLS":            {func(w *world) { w.origin = origin }, false},
		"a host below it":        {func(w *world) { w.relyingParty("example.com") }, true},
		"another relying party":  {func(w *world) { w.relyingParty("example.org") }, false},
		"the pool has ceased to": {func(w *world) { w.firstFactors(userpool.FirstPassword, userpool.FirstEmail) }, false},
	}
	for name, test := range tests {
		w := passkeyWorld(t, nil)
		w.withPasskey()
		test.change(w)
		if rp := w.Pool.Settings.Passkeys.RelyingParty; rp != "" {
			w.MustEdit(alice, func(u *user.User) { u.Security.Passkeys[0].RP = rp })
		}
		w.restart()
		page := w.name(w.browser(), alice).wantPage(200, "Choose how to sign in")
		if test.offers {
			page.wantPage(200, ">Passkey<")
		} else {
			page.wantNot(">Passkey<")
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func (w *world) relyingParty(id string) {
	w.t.Helper()
	var err error
	w.Pool, err = w.Pools.UpdatePool(w.t.Context(), w.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.Passkeys.RelyingParty = id
		return nil
	})
	must(w.t, err)
}

func (w *world) firstFactors(factors ...string) {
	w.t.Helper()
	_, err := w.Pools.UpdatePool(w.t.Context(), w.Pool.ID, func(p *userpool.Pool) error {
		p.Settings.FirstFactors = factors
		return nil
	})
	must(w.t, err)
}

// Whoever signs up is offered a passkey, and comes to the application with a code in
// any case.
func TestPasskeyAfterSigningUp(t *testing.T) {
	w := passkeyWorld(t, nil)
	signUp := func(name string) *answer {
		return w.browser().get("/signup"+w.query("prompt", "login")).submit("username", name).submit("code", w.code()).wantPage(200, "Add a passkey", name, "Not now", "<script>")
	}
	signUp("dan@example.com").submitNth(1).wantCode()
	if n := len(w.MustFind("dan@example.com").Security.Passkeys); n != 0 {
		t.Errorf("%d passkeys without asking", n)
	}
	page := signUp("eve@example.com")
	page = page.submit("failure", "NotAllowedError").wantPage(200, "Try again, or go on without.", "Not now")
	d := authenticator.New(t, party, secureOrigin)
	page.submit("credential", string(d.Create(page.options()))).wantCode()
	w.name(w.browser(), "eve@example.com").wantPage(200, ">Passkey<")
	w.Advance(11 * time.Minute)
	if to := page.submitNth(1).Location(); to == nil || to.Query().Get("code") != "" || to.Query().Get("result") != "cancelled" {
		t.Errorf("an old page leads to %v, want the application without a code", to)
	}
}

// A user who could not begin with a passkey is not offered one, nor is anybody at
// the end of a sign-in.
func TestNoPasskeyIsOffered(t *testing.T) {
	w := passkeyWorld(t, func(s *userpool.Settings) {
		s.MFA = userpool.MFA{Mode: userpool.MFARequired, TOTP: new(true)}
	})
	b := w.browser()
	page := b.get("/signup"+w.query()).submit("username", "dan@example.com", "password", good, "confirmPassword", good).submit("code", w.code()).wantPage(200, "Connect an authenticator app")
	page.submit("code", enginetest.TOTP(t, page.form().Get("secret"), w.Now()).Reveal()).wantCode()
	w = passkeyWorld(t, nil)
	w.name(w.browser(), alice).submit("answer", user.ByPassword).submit("password", good).wantCode()
}

func (w *world) addQuery(pairs ...string) string {
	return w.query(append([]string{"response_type", "", "state", "s 1"}, pairs...)...)
}

func TestAddAPasskey(t *testing.T) {
	w := passkeyWorld(t, nil)
	back := func(a *answer, result string) {
		t.Helper()
		q := a.WantRedirect(callback + "?").Query()
		if q.Get("result") != result || q.Get("state") != "s=1 &2" || q.Has("code") || len(q) != 2 {
			t.Errorf("%s: back with %v, want the result %s and the state", a.URL.Path, q, result)
		}
	}
	short := "/passkeys/add?client_id=" + string(w.client.ID) + "&redirect_uri=https%3A%2F%2Fwiki.example.com%2Fcallback&state=s%3D1+%262"
	b := w.browser()
	back(b.get(short), "invalid_session")
	back(b.get("/passkeys/add"+w.query()), "invalid_session")
	w.name(b, alice).submit("answer", user.ByPassword).submit("password", good).wantCode()
	for _, address := range []string{short, "/passkeys/add" + w.query()} {
		back(b.get(address).wantPage(200, "Add a passkey", alice).submitNth(1), "cancelled")
		page := b.get(address)
		d := authenticator.New(t, party, secureOrigin)
		wrong := *d
		wrong.RPID = "evil.example"
		page = page.submit("credential", string(wrong.Create(page.options()))).wantPage(200, "belongs to another address")
		wrong = *d
		wrong.Origin = "https://evil.example"
		page = page.submit("credential", string(wrong.Create(page.options()))).wantPage(200, "do not work at this address")
		created := string(d.Create(page.options()))
		back(page.submit("credential", created), "success")
		page.submit("credential", created).wantPage(200, "open for too long")
		if keys := w.MustFind(alice).Security.Passkeys; !slices.ContainsFunc(keys, func(k passkey.Key) bool { return slices.Equal(k.ID, d.ID) && k.RP == party }) {
			t.Errorf("stored %+v, want the new passkey", keys)
		}
	}

	page := b.get(short)
	b.ClearCookies()
	page.submit("credential", "{}").WantRedirect(callback + "?result=invalid_session")
	if n := len(w.MustFind(alice).Security.Passkeys); n != 2 {
		t.Errorf("%d passkeys, want 2", n)
	}
}

// The options are made for one user: nobody else who signs in with the browser can
// use them.
func TestPasskeyOfWhoeverSignedInMeanwhile(t *testing.T) {
	w := passkeyWorld(t, nil)
	w.user("bob@example.com", good)
	b := w.browser()
	signIn := func(name string) {
		b.get("/login"+w.query("prompt", "login")).submit("username", name).submit("answer", user.ByPassword).submit("password", good).wantCode()
	}
	signIn(alice)
	page := b.get("/passkeys/add" + w.query())
	signIn("bob@example.com")
	d := authenticator.New(t, party, secureOrigin)
	page.submit("credential", string(d.Create(page.options()))).wantPage(200, "open for too long", "bob@example.com")
	for _, name := range []string{alice, "bob@example.com"} {
		if n := len(w.MustFind(name).Security.Passkeys); n != 0 {
			t.Errorf("%s has %d passkeys", name, n)
		}
	}
}

func TestPasskeysThatCannotBeAdded(t *testing.T) {
	w := passkeyWorld(t, nil)
	b := w.browser()
	w.name(b, alice).submit("answer", user.ByPassword).submit("password", good).wantCode()
	w.MustEdit(alice, func(u *user.User) { u.Security.Passkeys = make([]passkey.Key, 20) })
	b.get("/passkeys/add"+w.query()).wantPage(200, "as many passkeys").wantNot("<script>").submit().WantRedirect(callback + "?result=cancelled")
	w.firstFactors(userpool.FirstPassword)
	b.get("/passkeys/add"+w.query()).wantPage(403, "No passkeys here")

	for _, bad := range []string{"", w.query("redirect_uri", "https://evil.example/"), w.addQuery("client_id", "x"), "?client_id=" + string(w.client.ID) + "&redirect_uri=https://evil.example/"} {
		b.get("/passkeys/add" + bad).wantPage(http.StatusBadRequest).wantNot(`href="https://evil`)
	}
	b.get("/login?client_id=" + string(w.client.ID) + "&redirect_uri=" + callback).WantRedirect(callback + "?error=invalid_request")
}

// A form from another site adds nothing.
func TestForgedPasskey(t *testing.T) {
	w := passkeyWorld(t, nil)
	b := w.browser()
	w.name(b, alice).submit("answer", user.ByPassword).submit("password", good).wantCode()
	page := b.get("/passkeys/add" + w.query())
	form := page.form()
	form.Set("credential", string(authenticator.New(t, party, secureOrigin).Create(page.options())))
	b.post("/passkeys/add"+w.query(), form, "Sec-Fetch-Site", "cross-site").wantPage(403)
	form.Set("_csrf", "x")
	b.post("/passkeys/add"+w.query(), form, "Sec-Fetch-Site", "same-origin").wantPage(403)
	if n := len(w.MustFind(alice).Security.Passkeys); n != 0 {
		t.Errorf("%d passkeys of forged forms", n)
	}
}

func TestRelatedOrigins(t *testing.T) {
	w := passkeyWorld(t, nil)
	w.MustNewClient(userpool.NewClient{Name: "other", Settings: userpool.ClientSettings{
		AuthFlows: []string{userpool.FlowUserChoice}, CallbackURLs: []string{"https://Shop.example.net:443/a", "https://shop.example.net/b", "http://localhost:3000/c", "myapp://x"},
	}})
	w.MustNewClient(userpool.NewClient{Name: "no passkeys", Settings: userpool.ClientSettings{
		AuthFlows: []string{userpool.FlowUserSRP}, CallbackURLs: []string{"https://old.example.net/"},
	}})
	origins := func() []string {
		t.Helper()
		got := w.browser().get("/.well-known/webauthn")
		var doc struct{ Origins []string }
		if err := json.Unmarshal([]byte(got.Body), &doc); err != nil || got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || doc.Origins == nil {
			t.Fatalf("status %d, %q: %s", got.Status, got.Header.Get("Content-Type"), got.Body)
		}
		slices.Sort(doc.Origins)
		return doc.Origins
	}
	if got, want := origins(), []string{"https://shop.example.net", "https://wiki.example.com"}; !slices.Equal(got, want) {
		t.Errorf("origins %v, want %v", got, want)
	}
	w.relyingParty("example.com") // the domain is not the relying party
	if got := origins(); len(got) != 0 {
		t.Errorf("origins %v, want none", got)
	}
	w.relyingParty("")
	w.firstFactors(userpool.FirstPassword)
	if got := origins(); len(got) != 0 {
		t.Errorf("origins %v, want none", got)
	}
}

// A temporary password must be replaced before a passkey can be used.
func TestPasskeyOfAnInvitedUser(t *testing.T) {
	w := passkeyWorld(t, nil)
	_, err := w.Accounts.Invite(t.Context(), w.Pool, account.Invitation{Username: "carol@example.com", TemporaryPassword: "Temporary-1!", Silent: true})
	must(t, err)
	w.name(w.browser(), "carol@example.com").wantPage(200, `type="password"`).submit("password", "Temporary-1!").wantPage(200, "Choose a new password")
}
