package accessapi

import (
	"net/http"
	"strings"
	"testing"
)

// Another host of the domain can set CF_Authorization for an application, with a
// token that it got there as somebody else. It makes nobody somebody else: a
// token in a cookie counts only for the browser to which it was given.
func TestAPlantedTokenDoesNotCount(t *testing.T) {
	w := newWorld(t, nil)
	victim, attacker := w.browser(), w.browser()
	victim.Open("https://app.example.com/").Want(200)
	w.idp.set(func() { w.idp.claims["sub"], w.idp.claims["email"] = "u-2", "mallory@example.com" })
	attacker.Open("https://app.example.com/").Want(200)
	mine, planted := victim.Cookie("https://app.example.com/", cookieToken), attacker.Cookie("https://app.example.com/", cookieToken)
	binding := "__Host-CF_Binding=" + victim.Cookie("https://app.example.com/", "__Host-CF_Binding")
	foreign := "CF_Binding=" + attacker.Cookie("https://app.example.com/", "__Host-CF_Binding")
	w.Upstream.Got()

	for name, line := range map[string]string{
		"alone":                          "CF_Authorization=" + planted,
		"in place of the real one":       "CF_Authorization=" + planted + "; " + binding,
		"with a binding of the same":     "CF_Authorization=" + planted + "; " + foreign,
		"with both bindings":             "CF_Authorization=" + planted + "; " + foreign + "; " + binding,
		"the real one without a binding": "CF_Authorization=" + mine,
		"a binding without a token":      binding,
	} {
		w.browser().Step().Open("https://app.example.com/", "Cookie", line).Want(302)
		if w.Upstream.Got() != nil {
			t.Errorf("%s: the request reached the upstream", name)
		}
		w.browser().Open("https://app.example.com/cdn-cgi/access/get-identity", "Cookie", line, "Sec-Fetch-Site", "same-origin").WantNot("mallory")
		w.browser().Open("https://app.example.com/cdn-cgi/access/get-identity", "Cookie", line, "User-Agent", "Mozilla/5.0 (X11; Linux x86_64)").WantNot("mallory") // an old one
	}
	for _, line := range []string{
		"a=1; CF_Authorization=" + planted + "; CF_Authorization=" + mine + "; " + binding,
		"CF_Authorization=" + mine + "; a=1; CF_Authorization=" + planted + "; " + binding,
	} {
		w.browser().Step().Open("https://app.example.com/", "Cookie", line).Want(200)
		got := w.Upstream.Got().Header
		if got.Get("Cf-Access-Authenticated-User-Email") != "alice@example.com" || got.Get("Cookie") != "a=1; CF_Authorization="+mine {
			t.Errorf("upstream got %q with Cookie %q, want alice and her token alone", got.Get("Cf-Access-Authenticated-User-Email"), got.Get("Cookie"))
		}
	}
}

// At the team domain a planted token signs in at no application.
func TestAPlantedTeamTokenDoesNotCount(t *testing.T) {
	w := newWorld(t, nil)
	attacker := w.browser()
	attacker.Open("https://app.example.com/").Want(200)
	planted := "CF_Authorization=" + attacker.Cookie("https://team.example.com/", cookieToken)
	link := w.browser().Step().Open("https://admin.example.com/").Location().String()
	if to := w.browser().Step().Open(link, "Cookie", planted).Location(); to == nil || to.Hostname() != "127.0.0.1" {
		t.Errorf("got %v, want the provider: the token is of another browser", to)
	}
	binding := "__Host-CF_Binding=" + attacker.Cookie("https://team.example.com/", "__Host-CF_Binding")
	if to := w.browser().Step().Open(link, "Cookie", planted+"; "+binding).Location(); to == nil || to.Path != pathAuthorized {
		t.Errorf("got %v, want the application: the token is of this browser", to)
	}
}

// The server of an application sends the assertion back as a cookie, without a
// binding. Two that name different people mean nobody.
func TestIdentityForTheServerOfAnApplication(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	b.Open("https://app.example.com/").Want(200)
	token := b.Cookie("https://app.example.com/", cookieToken)
	b = w.browser()
	w.idp.set(func() { w.idp.claims["sub"], w.idp.claims["email"] = "u-2", "mallory@example.com" })
	b.Open("https://app.example.com/").Want(200)
	other := b.Cookie("https://app.example.com/", cookieToken)
	const identity = "https://app.example.com/cdn-cgi/access/get-identity"
	w.browser().Open(identity, "Cookie", "CF_Authorization="+token).Want(200, "alice@example.com")
	w.browser().Open(identity, "Cookie", "CF_Authorization="+token+"; CF_Authorization="+other).Want(401)
	w.browser().Open(identity, "Cookie", "CF_Authorization="+token, "Origin", "https://app.example.com").Want(401)
	w.browser().Open(identity, "Cf-Access-Token", token, "Sec-Fetch-Site", "same-origin").Want(200, "alice@example.com")
}

// Signing out takes both cookies away, and the cookies of signing in have
// attributes that nobody else can use.
func TestCookiesOfASignIn(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	set := stopAt("/", b).Open("https://app.example.com/").Header["Set-Cookie"]
	for _, name := range []string{"CF_Authorization=", "__Host-CF_Binding="} {
		found := false
		for _, line := range set {
			if strings.HasPrefix(line, name) {
				found = true
				for _, want := range []string{"Path=/;", "HttpOnly", "Secure", "SameSite=Lax"} {
					if !strings.Contains(line, want) {
						t.Errorf("%s: got %q, want %s", name, line, want)
					}
				}
				if strings.Contains(line, "Domain") {
					t.Errorf("%s: got %q, want no Domain", name, line)
				}
			}
		}
		if !found {
			t.Errorf("no cookie %s in %q", name, set)
		}
	}
	b.Open("https://app.example.com/cdn-cgi/access/logout")
	if left := b.Cookies("https://app.example.com/"); len(left) > 1 { // the browser's secret stays
		t.Errorf("after signing out the browser has %v, want neither cookie", left)
	}
}

// A browser that loses the token each time is told so after a few turns.
func TestSignInThatGoesInCirclesEnds(t *testing.T) {
	w := newWorld(t, nil)
	b := w.browser()
	for range 3 {
		stopAt("/x", b).Open("https://app.example.com/x").Want(302)
		b.SetCookies("https://app.example.com:"+port+"/", &http.Cookie{Name: cookieToken, Path: "/", MaxAge: -1})
	}
	b.Open("https://app.example.com/x").Want(400, "Sign-in goes in circles", "cookies")
	b.Open("https://app.example.com/x").Want(200, "hello") // it counts anew
}
