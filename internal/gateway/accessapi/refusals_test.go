package accessapi

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/testing/gatewaytest"
)

// The callback refuses an answer for the sign-in of another browser.
func TestCallbackRefusals(t *testing.T) {
	w := newWorld(t, nil)
	victim, attacker := w.browser(), w.browser()
	planted := stopAt(pathCallback, attacker).Open("https://app.example.com/").Header.Get("Location")
	victim.Open(planted).Want(400, "Sign-in interrupted")
	if victim.Cookie("https://team.example.com/", cookieToken) != "" {
		t.Error("the attacker's link signed the victim in")
	}

	back := stopAt(pathCallback, victim).Open("https://app.example.com/").Location()
	q := back.Query()
	q.Set("state", ids.Token())
	victim.Step().Open(w.api.team + pathCallback + "?" + q.Encode()).Want(400)
	q.Set("state", mustURL(planted).Query().Get("state"))
	victim.Step().Open(w.api.team + pathCallback + "?" + q.Encode()).Want(400)
	victim.Step().Open(w.api.team + pathCallback).Want(400)
	cookies := victim.Cookies(w.api.team)
	victim.Open(back.String()).Want(200, "hello")

	// The answer is sent again, with the cookie that the callback deleted.
	var header []string
	for _, c := range cookies {
		header = append(header, c.Name+"="+c.Value)
	}
	w.browser().Step().Open(back.String(), "Cookie", strings.Join(header, "; ")).Want(400, "Sign-in interrupted")
}

func TestCallbackTooLate(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	back := stopAt(pathCallback, b).Open("https://app.example.com/").Header.Get("Location")
	w.Advance(6 * time.Minute)
	b.Open(back).Want(400, "Sign-in interrupted")
}

// A ticket works at one host, in one browser, once, for a minute.
func TestTicketRefusals(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	ticket := stopAt(pathAuthorized, b).Open("https://app.example.com/").Header.Get("Location")
	w.browser().Open(ticket).Want(403, "Another browser")
	elsewhere := strings.Replace(ticket, "app.example.com", "admin.example.com", 1)
	b.Step().Open("https://admin.example.com/") // the browser gets its secret there
	b.Open(elsewhere).Want(400, "Link not valid")
	changed := mustURL(ticket)
	q := changed.Query()
	q.Set(paramTicket, q.Get(paramTicket)[1:])
	changed.RawQuery = q.Encode()
	b.Open(changed.String()).Want(400, "Link not valid")
	b.Open("https://app.example.com" + pathAuthorized).Want(400)
	b.Open(ticket).Want(200, "hello")
	b.Open(ticket).Want(400, "Link used already")

	late := w.browser()
	ticket = stopAt(pathAuthorized, late).Open("https://app.example.com/").Header.Get("Location")
	w.Advance(2 * time.Minute)
	late.Open(ticket).Want(400, "Link too old")
}

// The person signs out between the two redirects.
func TestTicketOfAnEndedSession(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	ticket := stopAt(pathAuthorized, b).Open("https://app.example.com/").Header.Get("Location")
	b.Open("https://team.example.com" + pathLogout).Want(200)
	b.Open(ticket).Want(401, "Session ended")
}

var evilRedirects = []string{
	"https://evil.example.com/", "//evil.example.com/", "///evil.example.com/", `/\evil.example.com`, `\\evil.example.com`, "/\t/evil.example.com",
	"/%09/evil.example.com%0d%0a", "evil.example.com", "javascript:alert(1)", "/..//evil.example.com", "https:evil.example.com", "/x\r\nSet-Cookie: a=b",
	"http://app.example.com/", "/%5Cevil.example.com", "/#@evil.example.com", " /x", "?x", "/cdn-cgi/access/logout", "/%2F/evil.example.com", "//app.example.com@evil.example.com",
}

func TestOpenRedirects(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/")
	for _, evil := range evilRedirects {
		for _, link := range []string{
			"https://app.example.com/cdn-cgi/access/login?redirect_url=",
			"https://team.example.com/cdn-cgi/access/login/app.example.com?redirect_url=",
			"https://team.example.com/cdn-cgi/access/login/app.example.com?browser=x&redirect_url=",
		} {
			b.Trail = nil
			resp := b.Open(link + url.QueryEscape(evil))
			for _, u := range append(b.Trail, resp.URL) {
				if host := u.Hostname(); host != "app.example.com" && host != "team.example.com" {
					t.Errorf("redirect_url %q led to %s", evil, u)
				}
			}
			if strings.HasSuffix(resp.URL.Path, "/logout") {
				t.Errorf("redirect_url %q signed the person out", evil)
			}
		}
	}
	for _, app := range []string{"evil.example.com", "evil.example.com:443", "app.example.com:1", "app.example.com@evil.example.com", "team.example.com", "app.example.com%2Fx"} {
		resp := b.Step().Open("https://team.example.com/cdn-cgi/access/login/" + app + "?browser=x")
		if resp.Status != 404 && resp.Status != 400 {
			t.Errorf("login for %q: got %d to %s, want a refusal", app, resp.Status, resp.Header.Get("Location"))
		}
	}
}

// Nobody comes back from a sign-in to one of the gateway's own paths, in any
// spelling: there, the person would be signed out again, everywhere.
func TestAReturnToOurOwnPathsSignsNobodyOut(t *testing.T) {
	for _, path := range []string{
		"/cdn-cgi/access/logout", "/x/../cdn-cgi/access/logout", "/%2e%2e/cdn-cgi/access/logout", "/cdn-cgi/./access/logout", "/.//cdn-cgi/access/logout",
		"/.pomerium/sign_out", "/x/../.pomerium/sign_out", "/%2epomerium/sign_out", "/x//../.pomerium/./sign_out",
	} {
		for _, link := range []string{
			"https://app.example.com/cdn-cgi/access/login?redirect_url=",
			"https://app.example.com/cdn-cgi/access/login?another_account=true&redirect_url=",
			"https://team.example.com/cdn-cgi/access/login/app.example.com?redirect_url=",
			"https://app.example.com/.pomerium/another_account?pomerium_redirect_uri=",
		} {
			w := newWorld(t, nil)
			b := w.browser()
			b.Open("https://app.example.com/").Want(200)
			b.Open(link + url.QueryEscape(path))
			if resp := b.Step().Open("https://app.example.com/"); resp.Status != 200 {
				t.Errorf("%s%s signed the person out", link, path)
			}
		}
	}
}

func FuzzWantedPath(f *testing.F) {
	for _, evil := range evilRedirects {
		f.Add(evil)
	}
	f.Add("/x?y=1&z=%20")
	origin := mustURL("https://app.example.com/")
	f.Fuzz(func(t *testing.T, text string) {
		path, err := wantedPath(text)
		if err != nil {
			return
		}
		// Every browser stays at the host, and a second reading changes nothing.
		u, err := origin.Parse(path)
		if err != nil || u.Host != origin.Host || u.Scheme != "https" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t #") {
			t.Errorf("wantedPath(%q) = %q, which leads to %v (%v)", text, path, u, err)
		}
		if again, err := wantedPath(path); err != nil || again != path {
			t.Errorf("wantedPath(%q) = %q, %v, want it unchanged", path, again, err)
		}
	})
}

// A token is valid only where and for what it was issued.
func TestTokenRefusals(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/")
	app, team := b.Cookie("https://app.example.com/", cookieToken), b.Cookie("https://team.example.com/", cookieToken)
	claims, err := w.cfg.Engine.Tokens.Verify(t.Context(), app, "", access.TypeApp)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(change func(*access.Claims)) string {
		c := *claims
		change(&c)
		token, err := w.cfg.Engine.Tokens.Issue(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	stranger := access.New(access.Config{Store: gatewaytest.NewStore(t), Sealer: sealer(), Issuer: w.api.team, Account: account})
	t.Cleanup(stranger.Close)
	forged, err := stranger.Tokens.Issue(t.Context(), *claims)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := access.New(access.Config{Store: w.Store, Sealer: sealer(), Issuer: "https://other.example.com", Account: account})
	t.Cleanup(elsewhere.Close)
	foreign, err := elsewhere.Tokens.Issue(t.Context(), *claims)
	if err != nil {
		t.Fatal(err)
	}
	signed := strings.Split(app, ".")
	w.Upstream.Got()
	for name, c := range map[string]struct{ host, token string }{
		"another application's": {"admin.example.com", app},
		"the team's at an app":  {"app.example.com", team},
		"another key":           {"app.example.com", forged},
		"another team":          {"app.example.com", foreign},
		"no signature":          {"app.example.com", signed[0] + "." + signed[1] + "."},
		"alg none":              {"app.example.com", "eyJhbGciOiJub25lIn0." + signed[1] + "."},
		"expired":               {"app.example.com", issue(func(c *access.Claims) { c.Expiry = time.Now().Unix() - 1 })},
		"not yet":               {"app.example.com", issue(func(c *access.Claims) { c.NotBefore = time.Now().Unix() + 600 })},
		"no session":            {"app.example.com", issue(func(c *access.Claims) { c.Session = "" })},
		"unknown session":       {"app.example.com", issue(func(c *access.Claims) { c.Session = ids.Token() })},
		"not a token":           {"app.example.com", "a.b.c"},
		"huge":                  {"app.example.com", strings.Repeat("x", 20000)},
	} {
		for _, header := range [][2]string{{"Cookie", w.bound(c.host, c.token)}, {headerToken, c.token}} {
			resp := w.browser().Step().Open("https://"+c.host+"/", header[0], header[1])
			if resp.Status != 302 || !strings.Contains(resp.Header.Get("Location"), pathLogin) {
				t.Errorf("%s, in %s: got %d, want a redirect to sign in", name, header[0], resp.Status)
			}
			if w.Upstream.Got() != nil {
				t.Errorf("%s, in %s: the request reached the upstream", name, header[0])
			}
		}
	}
	w.browser().Step().Open("https://app.example.com/", "Cookie", w.bound("app.example.com", app)).Want(200)
	// An application can't use the token of a visitor to sign in elsewhere.
	resp := w.browser().Step().Open("https://team.example.com/cdn-cgi/access/login/admin.example.com?browser=x", "Cookie", w.bound("team.example.com", app))
	if strings.Contains(resp.Header.Get("Location"), pathAuthorized) {
		t.Error("the team domain accepted the token of an application")
	}
	// Cookies that another host of the domain set do not hide the real one.
	planted := strings.Repeat("CF_Authorization=planted; ", 20)
	w.browser().Step().Open("https://app.example.com/", "Cookie", planted+w.bound("app.example.com", app)).Want(200)
}

// A failure at the provider shows a page, and makes no session.
func TestProviderRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(*fakeIDP)
		status int
		says   string
	}{
		"wrong audience": {func(f *fakeIDP) { f.claims["aud"] = "other" }, 502, "Check config.client_id"},
		"no e-mail":      {func(f *fakeIDP) { f.claims["email"] = nil }, 403, "config.email_claim_name"},
		"expired":        {func(f *fakeIDP) { f.claims["exp"] = 1 }, 502, "expired"},
		"other nonce":    {func(f *fakeIDP) { f.claims["nonce"] = "x" }, 502, "nonce"},
		"no issuer":      {func(f *fakeIDP) { f.claims["iss"] = nil }, 502, "issuer"},
		"bad key":        {func(f *fakeIDP) { f.badKey = true }, 502, "signature"},
		"wrong secret":   {func(f *fakeIDP) { f.secret = "other" }, 403, "config.client_secret"},
		"refused":        {func(f *fakeIDP) { f.refuse = "access_denied" }, 403, "not &lt;b&gt;you"},
		"no keys":        {func(f *fakeIDP) { f.noKeys = true }, 403, "config.certs_url"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.idp.set(func() { c.bend(w.idp) })
			b := w.browser()
			b.Open("https://app.example.com/").Want(c.status).WantMarkup(c.says)
			if w.Upstream.Got() != nil || b.Cookie("https://team.example.com/", cookieToken) != "" {
				t.Error("got a request upstream or a session, want neither")
			}
		})
	}
}

// No spelling of a path under /cdn-cgi/access/ reaches an application.
func TestReservedPaths(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	for _, path := range []string{
		"/cdn-cgi/access/", "/cdn-cgi/access/nothing", "/x/../cdn-cgi/access/certs", "/cdn-cgi//access/certs", "/cdn%2dcgi/access/certs", "/./cdn-cgi/access/x",
		"/cdn-cgi/access/../../x", "/%63dn-cgi/access/x", "//cdn-cgi/access/certs",
	} {
		resp := b.Step().Open("https://public.example.com" + path)
		if r := w.Upstream.Got(); r != nil && strings.Contains(r.URL.Path, "cdn-cgi/access") {
			t.Errorf("%s reached the upstream as %s (%d)", path, r.URL.Path, resp.Status)
		}
	}
	b.Open("https://public.example.com/cdn-cgi/trace").Want(200)
	b.Send("PUT", "https://app.example.com/cdn-cgi/access/logout", nil).Want(405)
	b.Open("https://team.example.com/").Want(404)
	b.Open("https://team.example.com/cdn-cgi/access/login").Want(404, "Unable to find your Access application!")
}

// The e-mail address comes only from the configured claim. A person may be able to
// choose the value of another claim.
func TestEmailClaim(t *testing.T) {
	w := newWorld(t, nil)
	w.replace(func(c *access.OIDC) { c.EmailClaimName = "upn" })
	w.idp.set(func() { w.idp.claims["upn"], w.idp.claims["email"] = "bob@example.com", "admin@example.com" })
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("Cf-Access-Authenticated-User-Email"); got != "bob@example.com" {
		t.Errorf("e-mail = %q, want bob@example.com", got)
	}
	claims, err := w.cfg.Engine.Tokens.Verify(t.Context(), b.Cookie("https://app.example.com/", cookieToken), "", access.TypeApp)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Sessions.Lookup(t.Context(), session.ID(claims.Session))
	if err != nil || s.Identity.Claims.Map()["email"][0] != "bob@example.com" {
		t.Errorf("claim email = %v (%v), want bob@example.com", s.Identity.Claims.Map()["email"], err)
	}
}
