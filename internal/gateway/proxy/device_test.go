package proxy

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/authenticator"
	"gatehouse/internal/testing/browser"
	"gatehouse/internal/testing/forge"
)

const (
	devicesAt = "https://authenticate.example.com/.pomerium/webauthn"
	laptopURL = "https://laptop.example.com/x?y=1"
)

// deviceWorld has routes that ask for devices: laptop for any, approved for one that
// an administrator has approved, enclave for one with a key in its hardware.
func deviceWorld(t *testing.T) *world {
	return newWorld(t, func(w *world, c *Config) {
		box, err := seal.NewBox(secret("devices"), "devices")
		if err != nil {
			t.Fatal(err)
		}
		c.Now = w.Now
		c.Devices = device.New(device.Config{Store: w.Store, Sessions: w.Sessions, Box: box, Party: passkey.At(c.AuthenticateURL), Now: w.Now})
		for host, criterion := range map[string]map[string]any{"laptop": {}, "approved": {"approved": true}, "enclave": {"type": "enclave_only"}} {
			ppl := map[string]any{"allow": map[string]any{"and": []any{map[string]any{"domain": "example.com"}, map[string]any{"device": criterion}}}}
			c.Routes = append(c.Routes, w.route("https://"+host+".example.com", policy.Access{PPL: ppl}, func(r *Route) { r.PassIdentity = true }))
		}
	})
}

// newKey returns a device that answers at the authenticate host.
func newKey(t *testing.T) *authenticator.Device {
	return authenticator.New(t, "authenticate.example.com", "https://authenticate.example.com:"+port)
}

// formOfDevice returns the form that the script sends.
func formOfDevice(t *testing.T, page *browser.Page) url.Values {
	t.Helper()
	for _, f := range page.Forms() {
		if f.Values.Has(passkey.FieldOptions) {
			return f.Values
		}
	}
	t.Fatalf("%s has no form for a device:\n%s", page.URL, page.Body)
	return nil
}

// answer is what a key says to the options of a page: a new key is created.
func answer(t *testing.T, page *browser.Page, key *authenticator.Device) url.Values {
	t.Helper()
	form := formOfDevice(t, page)
	options := []byte(form.Get(passkey.FieldOptions))
	if form.Get(fieldDevice) == "new" {
		form.Set(passkey.FieldCredential, string(key.Create(options)))
	} else {
		form.Set(passkey.FieldCredential, string(key.Get(options)))
	}
	return form
}

// enrol enrols a key of the person of a browser, who wants a page.
func enrol(t *testing.T, b *browser.Browser, wanted string, key *authenticator.Device) *browser.Page {
	t.Helper()
	page := b.Open(wanted).Want(200, "Enrol this device")
	return b.Post(page.URL.String(), answer(t, page, key))
}

// prove proves a key that is enrolled.
func prove(t *testing.T, b *browser.Browser, wanted string, key *authenticator.Device) *browser.Page {
	t.Helper()
	page := b.Open(wanted).Want(200, "Prove this device")
	return b.Post(page.URL.String(), answer(t, page, key))
}

func (w *world) devicesOf(t *testing.T) []*device.Device {
	t.Helper()
	all, err := w.cfg.Devices.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A person enrols a device where a route asks for one, and comes back to the page. In
// another session the device must be proven.
func TestAPersonEnrolsAndProvesADevice(t *testing.T) {
	w := deviceWorld(t)
	b, id := w.signedInAs("u-1", "alice@example.com", phone)
	w.Upstream.Got()
	key := newKey(t)
	page := b.Open(laptopURL).Want(200, "Enrol this device", "<script>")
	if got := w.Upstream.Got(); got != nil {
		t.Fatal("the upstream got a request of a person without a device")
	}
	form := answer(t, page, key)
	end := b.Post(page.URL.String(), form).Want(200, "hello")
	if end.URL.String() != address("https://laptop.example.com")+"/x?y=1" {
		t.Errorf("came to %s, want the page that was asked for", end.URL)
	}
	all := w.devicesOf(t)
	if len(all) != 1 || all[0].Subject != "u-1" || all[0].Type != "any" || all[0].About != "Safari 17 / iOS 17.5.1" || !slices.Equal(all[0].Key.ID, key.ID) || !all[0].Approved.IsZero() {
		t.Fatalf("the store has %+v", all)
	}
	s, err := w.Sessions.Lookup(t.Context(), id)
	if err != nil || len(s.Devices) != 1 || s.Devices[0].ID != all[0].ID {
		t.Errorf("the session has %+v, %v", s, err)
	}
	b.Open(laptopURL).Want(200, "hello")
	b.Open(devicesAt+"?"+url.Values{"pomerium_redirect_uri": {address("https://laptop.example.com") + "/"}}.Encode()).Want(200, "hello")

	another, _ := w.signedInAs("u-1", "alice@example.com", "")
	prove(t, another, laptopURL, key).Want(200, "hello")
	another.Open(laptopURL).Want(200, "hello")
	// An authenticator without a counter may prove as often as it likes.
	if got := w.devicesOf(t)[0]; !got.Seen.After(got.Created) {
		t.Errorf("last proven %v, enrolled %v", got.Seen, got.Created)
	}
}

func TestADeviceIsApproved(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	key := newKey(t)
	enrol(t, b, "https://approved.example.com/", key).Want(450, "an administrator has approved")
	b.Step().Open("https://approved.example.com/", "Accept", "application/json").Want(450, "device-unauthorized")
	id := w.devicesOf(t)[0].ID
	if err := w.cfg.Devices.Approve(t.Context(), "none"); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	b.Open("https://approved.example.com/").Want(450)
	if err := w.cfg.Devices.Approve(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.Open("https://approved.example.com/").Want(200, "hello")
	b.Open(ownPage).Want(200, "approved, proven here", id)
}

// A removed device ends the sessions in which it was proven, and no others.
func TestARemovedDeviceEndsWhatItOpened(t *testing.T) {
	w := deviceWorld(t)
	with, first := w.signedInAs("u-1", "alice@example.com", "")
	key := newKey(t)
	enrol(t, with, laptopURL, key).Want(200, "hello")
	without, second := w.signedInAs("u-1", "alice@example.com", phone)
	_, bob := w.signedInAs("u-2", "bob@example.com", "")
	w.wantSessions("before", first, second, bob)
	n, err := w.cfg.Devices.Remove(t.Context(), w.devicesOf(t)[0].ID)
	if err != nil || n != 1 {
		t.Errorf("ended %d sessions, %v", n, err)
	}
	w.wantSessions("after", second, bob)
	with.Open(laptopURL).WantRedirect("https://idp.example.com/")
	without.Open(laptopURL).Want(200, "Enrol this device")
	if all := w.devicesOf(t); len(all) != 0 {
		t.Errorf("the store has %+v", all)
	}
}

func TestAPersonRemovesTheirDevices(t *testing.T) {
	w := deviceWorld(t)
	b, first := w.signedInAs("u-1", "alice@example.com", "")
	enrol(t, b, laptopURL, newKey(t)).Want(200)
	manager, second := w.signedInAs("u-1", "alice@example.com", phone)
	eve, third := w.signedInAs("u-3", "eve@example.com", "")
	id := w.devicesOf(t)[0].ID
	page := manager.Open(ownPage).Want(200, "Your devices", id, "Remove")
	var form url.Values
	for _, f := range page.Forms() {
		if strings.HasSuffix(f.Action, pathDevices) {
			form = f.Values
		}
	}
	// Neither another site, nor another person, nor a form without its token removes it.
	eveForm := url.Values{csrfField: {formToken(t, eve)}, fieldDevice: {id}}
	eve.Post("https://authenticate.example.com/.pomerium/devices", eveForm)
	manager.Post("https://authenticate.example.com/.pomerium/devices", url.Values{fieldDevice: {id}}).Want(403)
	manager.Post("https://authenticate.example.com/.pomerium/devices", form, "Sec-Fetch-Site", "cross-site").Want(403)
	manager.Post("https://laptop.example.com/.pomerium/devices", form).Want(404)
	if len(w.devicesOf(t)) != 1 {
		t.Fatal("somebody else removed the device")
	}
	w.wantSessions("before", first, second, third)
	manager.Post("https://authenticate.example.com/.pomerium/devices", form).Want(200).WantNot(id)
	if len(w.devicesOf(t)) != 0 {
		t.Error("the device is still there")
	}
	w.wantSessions("after", second, third)
}

// formToken returns the token of a person's forms.
func formToken(t *testing.T, b *browser.Browser) string {
	t.Helper()
	for _, f := range b.Open(ownPage).Forms() {
		if f.Values.Has(csrfField) {
			return f.Values.Get(csrfField)
		}
	}
	t.Fatal("no form has a token")
	return ""
}

// Each of these answers is refused, and neither the session nor the store has a device
// afterwards.
func TestDevicesThatAreRefused(t *testing.T) {
	tests := map[string]func(t *testing.T, w *world, page *browser.Page, form url.Values, key *authenticator.Device){
		"the challenge of another session": func(t *testing.T, w *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			eve, _ := w.signedInAs("u-3", "eve@example.com", "")
			theirs := formOfDevice(t, eve.Open(laptopURL))
			form.Set(fieldState, theirs.Get(fieldState))
			form.Set(passkey.FieldCredential, string(key.Create([]byte(theirs.Get(passkey.FieldOptions)))))
		},
		"a forged state": func(t *testing.T, _ *world, _ *browser.Page, form url.Values, _ *authenticator.Device) {
			form.Set(fieldState, forge.Text(form.Get(fieldState)))
		},
		"no state": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, _ *authenticator.Device) {
			form.Del(fieldState)
		},
		"a challenge that is too old": func(_ *testing.T, w *world, _ *browser.Page, _ url.Values, _ *authenticator.Device) {
			w.Advance(6 * 60e9)
		},
		"an application's origin": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			key.Origin = "https://x.authenticate.example.com:" + port
			form.Set(passkey.FieldCredential, string(key.Create([]byte(form.Get(passkey.FieldOptions)))))
		},
		"another port": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			key.Origin = "https://authenticate.example.com"
			form.Set(passkey.FieldCredential, string(key.Create([]byte(form.Get(passkey.FieldOptions)))))
		},
		"another relying party": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			key.RPID = "example.com"
			form.Set(passkey.FieldCredential, string(key.Create([]byte(form.Get(passkey.FieldOptions)))))
		},
		"nobody is present": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			key.Flags = 0
			form.Set(passkey.FieldCredential, string(key.Create([]byte(form.Get(passkey.FieldOptions)))))
		},
		"no credential": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, _ *authenticator.Device) {
			form.Del(passkey.FieldCredential)
		},
		"no form token": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, _ *authenticator.Device) {
			form.Del(csrfField)
		},
		"a proof of no device": func(_ *testing.T, _ *world, _ *browser.Page, form url.Values, key *authenticator.Device) {
			form.Set(passkey.FieldCredential, string(key.Get([]byte(form.Get(passkey.FieldOptions)))))
			form.Set(fieldDevice, "")
		},
	}
	for name, wrong := range tests {
		t.Run(name, func(t *testing.T) {
			w := deviceWorld(t)
			b, id := w.signedInAs("u-1", "alice@example.com", "")
			key := newKey(t)
			page := b.Open(laptopURL).Want(200, "Enrol this device")
			form := answer(t, page, key)
			wrong(t, w, page, form, key)
			b.Post(page.URL.String(), form).Want(403)
			if all := w.devicesOf(t); len(all) != 0 {
				t.Errorf("the store has %+v", all)
			}
			if s, err := w.Sessions.Lookup(t.Context(), id); err != nil || len(s.Devices) != 0 {
				t.Errorf("the session has %+v, %v", s, err)
			}
		})
	}
}

// A challenge works once, also for a device that is enrolled.
func TestAReplayedProof(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	key := newKey(t)
	key.Counter = 4
	page := b.Open(laptopURL)
	form := answer(t, page, key)
	b.Post(page.URL.String(), form).Want(200, "hello")
	b.Post(page.URL.String(), form).Want(403, "not accepted")

	another, id := w.signedInAs("u-1", "alice@example.com", "")
	page = another.Open(laptopURL)
	copied := answer(t, page, key) // with the counter of before
	another.Post(page.URL.String(), copied).Want(403, "not accepted")
	key.Counter = 5
	page = another.Open(laptopURL)
	form = answer(t, page, key)
	key.Key = newKey(t).Key
	forged := answer(t, another.Open(laptopURL), key)
	another.Post(page.URL.String(), forged).Want(403)
	if s, err := w.Sessions.Lookup(t.Context(), id); err != nil || len(s.Devices) != 0 {
		t.Errorf("the session has %+v, %v", s, err)
	}
	another.Post(page.URL.String(), form).Want(200, "hello")
	another.Post(page.URL.String(), form).Want(403)
	if got := w.devicesOf(t)[0].Key.Counter; got != 5 {
		t.Errorf("counter %d, want 5", got)
	}
}

// The device of one person proves nothing for another.
func TestADeviceOfSomebodyElse(t *testing.T) {
	w := deviceWorld(t)
	alice, _ := w.signedInAs("u-1", "alice@example.com", "")
	key, own := newKey(t), newKey(t)
	enrol(t, alice, laptopURL, key).Want(200, "hello")
	eve, _ := w.signedInAs("u-3", "eve@example.com", "")
	page := eve.Open(devicesAt + "?gatehouse_new_device=true")
	eve.Post(page.URL.String(), answer(t, page, key)).Want(409, "enrolled already") // the same credential
	enrol(t, eve, laptopURL, own).Want(200, "hello")

	// Eve has a device now, and is asked for it in another session: she answers with
	// Alice's.
	eve, id := w.signedInAs("u-3", "eve@example.com", "")
	page = eve.Open(laptopURL).Want(200, "Prove this device")
	form := formOfDevice(t, page)
	form.Set(passkey.FieldCredential, string(key.Get([]byte(form.Get(passkey.FieldOptions)))))
	eve.Post(page.URL.String(), form).Want(403, "not accepted")
	if s, err := w.Sessions.Lookup(t.Context(), id); err != nil || len(s.Devices) != 0 {
		t.Errorf("the session has %+v, %v", s, err)
	}
}

// The page leads to addresses of ours alone, whoever made the link.
func TestThePageOfDevicesLeadsNowhereElse(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	for _, to := range []string{
		"https://evil.example/", "//evil.example/", "https://laptop.example.com.evil.example:8443/", "https://laptop.example.com:8443@evil.example/",
		"javascript:alert(1)", "http://laptop.example.com:8443/", "https://laptop.example.com:8443/.pomerium/sign_out", "https://authenticate.example.com:8443/.pomerium/sign_out",
		"https://laptop.example.com:9999/", "/x", "%",
	} {
		b.Step().Open(devicesAt + "?" + url.Values{"pomerium_redirect_uri": {to}}.Encode()).Want(400)
	}
	b.Step().Open(devicesAt + "?pomerium_device_type=phone").Want(400)
	// A visitor signs in, and comes back to the page.
	visitor := w.browser()
	page := visitor.Open(devicesAt+"?gatehouse_new_device=true").Want(200, "not signed in", "Sign in")
	w.provider.claims["sub"], w.provider.claims["email"] = "u-1", "alice@example.com"
	answerProvider(visitor, visitor.Open(page.Link("Sign in"))).Want(200, "Enrol this device")
	// At a route's host, the page is at the authenticate host.
	b.Open("https://laptop.example.com/.pomerium/webauthn").Want(200, "Enrol this device")
	b.Open("https://laptop.example.com/.pomerium/device-enrolled").Want(200, "Your devices")
}

func TestProgramsProveNoDevice(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	b.Open(laptopURL).Want(200, "Enrol this device") // the session is known there now
	w.Upstream.Got()
	b.Step().Open(laptopURL, "Accept", "application/json").Want(401, "Open it in your browser")
	b.Step().Open(laptopURL, "Sec-Fetch-Mode", "cors").Want(401)
	if got := w.Upstream.Got(); got != nil && strings.HasPrefix(got.Host, "laptop") {
		t.Error("the upstream got a request")
	}
}

// Nobody can enrol a device whose hardware would have to be verified.
func TestAnEnclaveCannotBeEnrolled(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	page := b.Open("https://enclave.example.com/").Want(200, "cannot be enrolled here").WantNot("Enrol this device")
	// A form of the other type does not help.
	anyForm := b.Open(devicesAt + "?gatehouse_new_device=true")
	form := answer(t, anyForm, newKey(t))
	b.Post(page.URL.String(), form)
	b.Open("https://enclave.example.com/").Want(200, "cannot be enrolled here")
	for _, d := range w.devicesOf(t) {
		if d.Type != policy.DeviceAny {
			t.Errorf("the store has %+v", d)
		}
	}
}

func TestALinkApprovesADevice(t *testing.T) {
	w := deviceWorld(t)
	link := func(person device.Person) string {
		token, err := w.cfg.Devices.Link(person, policy.DeviceAny)
		if err != nil {
			t.Fatal(err)
		}
		return devicesAt + "?" + url.Values{ParamEnrollment: {token}}.Encode()
	}
	alice, _ := w.signedInAs("u-1", "alice@example.com", "")
	eve, _ := w.signedInAs("u-3", "eve@example.com", "")
	once := link(device.Person{Email: "Alice@example.com"})
	enrol(t, eve, once, newKey(t)).Want(403, "not for you")
	enrol(t, eve, devicesAt+"?pomerium_enrollment_token=x", newKey(t)).Want(403, "not for you")
	if all := w.devicesOf(t); len(all) != 0 {
		t.Fatalf("the store has %+v", all)
	}
	enrol(t, alice, once, newKey(t)).Want(200, "Your devices")
	alice.Open("https://approved.example.com/").Want(200, "hello")
	enrol(t, alice, once, newKey(t)).Want(403, "used already")
	late := link(device.Person{Issuer: "https://idp.example.com", Subject: "u-1"})
	w.Advance(device.LinkLife)
	alice, _ = w.signedInAs("u-1", "alice@example.com", "")
	enrol(t, alice, late, newKey(t)).Want(403, "too old")
	if all := w.devicesOf(t); len(all) != 1 || all[0].Approved.IsZero() {
		t.Errorf("the store has %+v", all)
	}
}

// The portal shows what a person may open once they have proven a device.
func TestThePortalShowsRoutesThatAskForADevice(t *testing.T) {
	w := deviceWorld(t)
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	b.Open("https://app.example.com/.pomerium/routes").Want(200, "laptop.example.com")
	w.provider.claims["email"] = "eve@example.org"
	eve, _ := w.signedInAs("u-3", "eve@example.org", "")
	eve.Open("https://app.example.com/.pomerium/routes").WantNot("laptop.example.com")
}

// Another node has an older session in its memory.
func TestAnotherNodeSeesADeviceAtOnce(t *testing.T) {
	w := deviceWorld(t)
	box, err := seal.NewBox(secret("box"), "store") // that of the world
	if err != nil {
		t.Fatal(err)
	}
	other, err := session.NewManager(session.Config{Store: w.Store, Box: box, Now: w.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	b, id := w.signedInAs("u-1", "alice@example.com", "")
	if s, err := other.Lookup(t.Context(), id); err != nil || len(s.Devices) != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	enrol(t, b, laptopURL, newKey(t)).Want(200, "hello")
	stale, err := other.Lookup(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := other.Again(t.Context(), stale); err != nil || len(s.Devices) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// A browser behind another proxy is sent to prove a device, too.
func TestADeviceIsAskedForBesideAProxy(t *testing.T) {
	w := deviceWorld(t)
	cfg := w.cfg
	cfg.ForwardAuth.Trusted = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
	if err := w.gateway.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	b, _ := w.signedInAs("u-1", "alice@example.com", "")
	key := newKey(t)
	b.Open(laptopURL).Want(200, "Enrol this device")
	ask := func(at string) *http.Response {
		var line []string
		for _, c := range b.Cookies(laptopURL) {
			line = append(line, c.Name+"="+c.Value)
		}
		return w.asks(question(at, "GET", laptopURL, "Cookie", strings.Join(line, "; ")))
	}
	for at, status := range map[string]int{"/caddy": 302, "/nginx": 401} {
		got := ask(at)
		if to := got.Header.Get("Location"); got.StatusCode != status || !strings.HasPrefix(to, "https://authenticate.example.com:8443/.pomerium/webauthn?") {
			t.Errorf("%s: got %d to %q, want %d to the page of devices", at, got.StatusCode, to, status)
		}
	}
	enrol(t, b, ask("/caddy").Header.Get("Location"), key).Want(200, "hello")
	for _, at := range []string{"/caddy", "/nginx"} {
		if got := ask(at); got.StatusCode != 200 {
			t.Errorf("%s: got %d after the proof, want 200", at, got.StatusCode)
		}
	}
}
