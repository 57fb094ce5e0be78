package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// confirmSignOut asks the person before a link signs them out that anybody could
// have made.
type confirmSignOut struct{ who, csrf string }

func (p confirmSignOut) doc() page.Doc {
	return page.Doc{
		Title: "Sign out", Heading: "Sign out?", Lead: "You are signed in as " + p.who + ".", Leaves: true,
		Body: page.Blocks{page.Form{
			Action: pathSignOut, Hidden: []page.Hidden{{Name: csrfField, Value: p.csrf}},
			Body: page.Blocks{page.Button{Label: "Sign out"}},
		}},
	}
}

func signedOutDoc() page.Doc {
	return page.Doc{
		Title: "You are signed out",
		Body:  page.Blocks{page.Text("You can close this window, or open an application again to sign in.")},
	}
}

// goOnDoc leads on to a page; the header Refresh does it at once.
func goOnDoc(to string) page.Doc {
	return page.Doc{
		Title: "You are signed in",
		Body:  page.Blocks{page.LinkButton{Label: "Open the page", Href: to, Kind: page.Primary}},
	}
}

// notSignedInDoc answers who wants to sign out and has no session here. It does
// not say that they are signed out: an application may still know them.
func notSignedInDoc() page.Doc {
	return page.Doc{
		Title: "You are not signed in here",
		Body:  page.Blocks{page.Text("If an application still knows you, sign out at the application: open its address with " + pathSignOut + " at the end.")},
	}
}

func timeText(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// somePortalRoutes are routes for the gallery.
func somePortalRoutes() []portalRoute {
	const logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='6' fill='%231f4f74'/%3E%3Cpath d='M8 10h16M8 16h16M8 22h9' stroke='%23fff' stroke-width='3'/%3E%3C/svg%3E"
	return []portalRoute{
		{Name: "Wiki", Description: "What we know, and who to ask.", From: "https://wiki.corp.example.com", LogoURL: logo, href: "https://wiki.corp.example.com/"},
		{Name: "grafana.corp.example.com", From: "https://grafana.corp.example.com", href: "https://grafana.corp.example.com/"},
		{Name: "Database", Type: "tcp", From: "tcp+https://db.corp.example.com:5432", ConnectCommand: "gatehouse tunnel db.corp.example.com:5432"},
		{Name: "Preview of a branch", Description: "One host for each branch.", From: "https://*.preview.corp.example.com"},
	}
}

// someClosedRoutes are routes for the gallery that do not let the person in.
func someClosedRoutes() []closedRoute {
	return []closedRoute{
		{portalRoute: portalRoute{Name: "Payroll", From: "https://payroll.corp.example.com"}, Reasons: []string{"groups must contain hr or board; yours has admins, staff"}, Guidance: []policy.Guidance{{Explanation: "Payroll is for the people who pay.", Remediation: "Ask hr@example.com for access."}}},
		{portalRoute: portalRoute{Name: "admin.corp.example.com", From: "https://admin.corp.example.com"}, Reasons: []string{"your address must be in 10.0.0.0/8; it is 192.0.2.7", "the time must be between 08:00 and 18:00"}},
	}
}

// galleryTime is when the gallery was visited.
var galleryTime = time.Date(2026, 3, 4, 9, 12, 0, 0, time.UTC)

// Gallery shows every page of the gateway's own, in every state.
func Gallery() []page.Sample {
	at := galleryTime
	alice := &session.Session{
		ID: "6rX0kq3m1yT9", Issued: at, Expires: at.Add(14 * time.Hour), Client: session.Client{Device: "Firefox 128 / Linux", Address: "192.0.2.7"},
		Identity: identity.Identity{UserID: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Email: "alice@example.com", Name: "Alice", Claims: identity.NewClaims(map[string][]any{"cognito:groups": {"admins", "staff"}, "email_verified": {true}})},
	}
	elsewhere := &session.Session{ID: "0aXq", Issued: at.Add(-time.Hour), Expires: at.Add(13 * time.Hour), Client: session.Client{Device: "Safari 17 / iOS 17.5.1", Address: "2001:db8::7"}}
	signedIn := func(here, csrf string) frame {
		return frame{who: "alice@example.com", here: here, portal: true, csrf: csrf}
	}
	const id = "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"
	devices, proven := someDevices()
	withDevices := *alice
	withDevices.Devices = proven
	anywhere := &deviceVisit{session: alice, kind: policy.DeviceAny}
	enclave := &deviceVisit{session: alice, kind: policy.DeviceEnclave}
	offer := &device.Offer{State: "c2VhbGVk", Create: `{"user":{}}`, Request: `{"challenge":"Zm9v"}`}
	deviceDoc := func(v *deviceVisit, o *device.Offer, failure error) page.Doc {
		return devicePage{frame: signedIn(PathDevice, "k2x0"), visit: v, offer: o, another: "/.pomerium/webauthn?gatehouse_new_device=true", failure: failure}.doc()
	}
	samples := []page.Sample{
		{Name: "device", Doc: deviceDoc(anywhere, offer, nil)},
		{Name: "device-new", Doc: deviceDoc(anywhere, &device.Offer{State: "c2VhbGVk", Create: offer.Create}, nil)},
		{Name: "device-refused", Status: 403, Doc: deviceDoc(anywhere, offer, device.ErrRefused)},
		{Name: "device-enclave", Doc: deviceDoc(enclave, &device.Offer{}, nil)},
		{Name: "device-nobody", Doc: devicePage{frame: frame{here: PathDevice, portal: true, enter: "#enter"}}.doc()},
		{Name: "identity-devices", Doc: identityPage{frame: signedIn(pathIdentity, "k2x0"), Session: &withDevices, sessions: []*session.Session{alice}, withDevices: true, devices: devices}.doc()},
		{Name: "identity", Doc: identityPage{frame: signedIn(pathIdentity, "k2x0"), Session: alice, sessions: []*session.Session{elsewhere, alice}}.doc()},
		{Name: "identity-unlisted", Doc: identityPage{frame: signedIn(pathIdentity, "k2x0"), Session: alice, unlisted: true}.doc()},
		{Name: "identity-at-application", Doc: identityPage{frame: signedIn(pathIdentity, ""), Session: alice, manage: "https://authenticate.corp.example.com/.pomerium/"}.doc()},
		{Name: "identity-nobody", Doc: identityPage{frame: frame{here: pathIdentity, portal: true, enter: "#enter"}}.doc()},
		{Name: "identity-nobody-at-application", Doc: identityPage{application: "/"}.doc()},
		{Name: "portal", Doc: portalPage{frame: signedIn(pathRoutes, ""), portalLists: portalLists{Routes: somePortalRoutes()}}.doc()},
		{Name: "portal-closed", Doc: portalPage{frame: signedIn(pathRoutes, ""), portalLists: portalLists{Routes: somePortalRoutes()[:2], Closed: someClosedRoutes()}}.doc()},
		{Name: "portal-empty", Doc: portalPage{frame: signedIn(pathRoutes, "")}.doc()},
		{Name: "portal-visitor", Doc: portalPage{frame: frame{here: pathRoutes, portal: true, enter: "#enter"}, portalLists: portalLists{Routes: somePortalRoutes()[:1]}}.doc()},
		{Name: "sign-out", Doc: confirmSignOut{who: "alice@example.com", csrf: "k2x0"}.doc()},
		{Name: "choose", Doc: choosePage{host: "wiki.corp.example.com", choices: []choice{
			{"Google", "/.pomerium/sign_in?pomerium_idp_id=1", false}, {"Staff directory", "/.pomerium/sign_in?pomerium_idp_id=2", true}, {"GitHub", "/.pomerium/sign_in?pomerium_idp_id=3", false},
		}}.doc()},
		{Name: "signed-in", Doc: goOnDoc("https://wiki.corp.example.com/reports/7")},
		{Name: "signed-out", Doc: signedOutDoc()},
		{Name: "sign-out-nobody", Doc: notSignedInDoc()},
		{Name: "denied", Status: 403, Doc: page.Denied{Host: "wiki.corp.example.com/x", Who: "alice@example.com", Why: []string{"cognito:groups must contain what this rule names; yours has staff"}, Said: []string{"The wiki is for administrators.", "Ask it@example.com to make you one."}, Names: []string{"claim-unauthorized"}, AnotherAccount: pomeriumPages("/x").AnotherAccount, Details: pathIdentity, Applications: pathRoutes, RequestID: id}.Doc()},
	}
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/reports/7"}}
	for _, f := range failures {
		a := answerOf(f.err)
		a.retry = retryOf(r, f.err)
		samples = append(samples, page.Sample{Name: "failure-" + f.err.Code, Status: a.status, Doc: a.doc(id)})
	}
	interrupted := &authenticate.Retry{Err: relyingparty.ErrState, URL: "https://wiki.corp.example.com/reports/7"}
	a := answerOf(interrupted)
	a.retry = retryOf(r, interrupted)
	return append(samples, page.Sample{Name: "sign-in-interrupted", Status: a.status, Doc: a.doc(id)})
}
