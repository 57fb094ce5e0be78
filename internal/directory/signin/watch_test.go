package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Two places that a user signs in from. They share neither the network nor the
// device.
var (
	home   = risk.Visit{Visitor: token.Visitor{Address: "192.0.2.10", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}}
	abroad = risk.Visit{Visitor: token.Visitor{Address: "198.51.100.7", UserAgent: "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"}}
)

// guarded is a bench whose pool protects its users, with alice, who has signed in at
// home.
func guarded(t *testing.T, mode userpool.ThreatMode, pool userpool.Settings, s risk.Settings) *bench {
	t.Helper()
	pool.Threats = userpool.Threats{Mode: mode}
	b := newBench(t, pool, userpool.ClientSettings{})
	b.configure(s)
	b.MustUser("alice", "email", mail, "email_verified", "true", "phone_number", phone)
	_, err := b.from(home, "alice", right)
	if err != nil {
		t.Fatalf("the first sign-in: %v", err)
	}
	b.Advance(time.Hour)
	return b
}

func (b *bench) configure(s risk.Settings) {
	b.t.Helper()
	if _, err := b.Risks.Configure(b.t.Context(), b.Pool, "", s); err != nil {
		b.t.Fatal(err)
	}
}

// from signs a user in. Each sign-in is later than the last, so that the order of the
// events is theirs.
func (b *bench) from(v risk.Visit, name string, password seal.Secret) (*signin.Outcome, error) {
	b.t.Helper()
	b.Advance(time.Millisecond)
	return b.SignIns.Initiate(b.t.Context(), b.Pool, b.c, signin.Initiation{
		Flow: "USER_PASSWORD_AUTH", Parameters: enginetest.Pairs("USERNAME", name, "PASSWORD", password.Reveal()), Visit: v,
	})
}

func (b *bench) respondFrom(v risk.Visit, ch *signin.Challenge, answers ...string) (*signin.Outcome, error) {
	b.t.Helper()
	return b.SignIns.Respond(b.t.Context(), b.Pool, b.c, signin.Response{Challenge: ch.Name, Session: ch.Session, Answers: enginetest.Pairs(answers...), Visit: v})
}

// history returns the events of a user, from the newest to the oldest.
func (b *bench) history(name string) []*risk.Event {
	b.t.Helper()
	list, _, err := b.Risks.Events(b.t.Context(), b.Pool, b.MustFind(name), "", 60)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// wantEvent fails the test unless the newest event of alice is so. answers are such
// as "Password+ Mfa-".
func (b *bench) wantEvent(what, response, decision string, level risk.Level, answers string) *risk.Event {
	b.t.Helper()
	x := b.history("alice")[0]
	var got []string
	for _, a := range x.Answers {
		got = append(got, map[bool]string{true: "Mfa", false: "Password"}[a.MFA]+map[bool]string{true: "+", false: "-"}[a.Right])
	}
	if x.Type != risk.SignIn || x.Response != response || x.Decision != decision || x.Level != level || strings.Join(got, " ") != answers {
		b.t.Errorf("%s: event %s %s %s %q %q, want SignIn %s %s %q %q", what, x.Type, x.Response, x.Decision, x.Level, got, response, decision, level, answers)
	}
	return x
}

func all(a risk.Action) *risk.Takeover { return &risk.Takeover{Low: &a, Medium: &a, High: &a} }

func TestAPoolWithoutThreatProtectionRecordsNothing(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	u := b.MustUser("alice")
	out, err := b.from(risk.Visit{Visitor: token.Visitor{Address: "not an address"}}, "alice", right)
	wantTokens(t, "sign-in", out, err, u)
	_, err = b.from(home, "alice", "Wrong-Horse-7")
	wantErr(t, "wrong password", err, signin.ErrWrongPassword)
	if list, err := b.Store.Events(t.Context(), b.Pool.ID, u.Sub, nil, 9); len(list) != 0 || err != nil {
		t.Errorf("events %v, %v, want none", list, err)
	}
	_, err = b.Risks.Configure(t.Context(), b.Pool, "", risk.Settings{})
	wantErr(t, "configure", err, risk.ErrOff)
}

func TestLevelsOfRisk(t *testing.T) {
	cologne, sydney := risk.Place{City: "Cologne", Country: "Germany", Latitude: 50.9, Longitude: 7}, risk.Place{City: "Sydney", Country: "Australia", Latitude: -33.9, Longitude: 151.2}
	visit := func(address, agent string) risk.Visit {
		return risk.Visit{Visitor: token.Visitor{Address: address, UserAgent: agent}}
	}
	newer := "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
	for _, test := range []struct {
		what  string
		from  risk.Visit
		after time.Duration
		want  risk.Level
	}{
		{"the same place", home, 0, ""},
		{"another address of the network, a newer browser", visit("192.0.2.99", newer), 0, ""},
		{"another network", visit("203.0.113.5", newer), 0, risk.Low},
		{"another device", visit("192.0.2.10", abroad.UserAgent), 0, risk.Low},
		{"a program that does not say what it is", visit("192.0.2.10", "curl/8"), 0, risk.Low},
		{"a program that leaves out what it is", visit("192.0.2.10", ""), 0, risk.Low},
		{"one of another network", visit("203.0.113.5", ""), 0, risk.Medium},
		{"a library that leaves it out", risk.Visit{Visitor: home.Visitor, Encoded: library("", "")}, 0, risk.Low},
		{"a server that does not say the device", risk.Visit{Visitor: token.Visitor{Address: home.Address}, Relayed: true}, 0, ""},
		{"a server's user in another network", risk.Visit{Visitor: token.Visitor{Address: "203.0.113.5"}, Relayed: true}, 0, risk.Low},
		{"both", visit("203.0.113.5", abroad.UserAgent), 0, risk.Medium},
		{"the other side of the world within the hour", abroad, 0, risk.High},
		{"the other side of the world two days later", abroad, 48 * time.Hour, risk.Medium},
		{"nobody knows where from", risk.Visit{}, 0, ""},
		{"the network as IPv6 sees it", visit("::ffff:192.0.2.77", newer), 0, ""},
		{"a device that a library names", risk.Visit{Visitor: home.Visitor, Encoded: library(newer, "device-2")}, 0, risk.Low},
		{"a library that sends nonsense", risk.Visit{Visitor: home.Visitor, Encoded: "%%%"}, 0, ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			b := newBench(t, userpool.Settings{Threats: userpool.Threats{Mode: userpool.ThreatsAudited}}, userpool.ClientSettings{})
			b.Places = map[string]risk.Place{home.Address: cologne, abroad.Address: sydney}
			u := b.MustUser("alice")
			out, err := b.from(home, "alice", right)
			wantTokens(t, "first", out, err, u)
			first := b.wantEvent("the first sign-in", risk.Passed, "NoRisk", "", "Password+")
			if first.Place == nil || *first.Place != cologne || first.Device != "Firefox 128, Linux" || first.Address != home.Address || first.Client != b.c.ID {
				t.Errorf("the first event is %+v", first)
			}
			b.Advance(time.Hour + test.after)
			out, err = b.from(test.from, "alice", right)
			wantTokens(t, "second", out, err, u)
			decision := "AccountTakeover"
			if test.want == "" {
				decision = "NoRisk"
			}
			b.wantEvent("the second sign-in", risk.Passed, decision, test.want, "Password+")
		})
	}
}

// library returns what a library for browsers sends.
func library(agent, id string) string {
	inner, _ := json.Marshal(map[string]any{"contextData": map[string]string{"UserAgent": agent, "DeviceId": id, "ClientTimezone": "01:00"}, "username": "alice"})
	outer, _ := json.Marshal(map[string]string{"payload": string(inner), "signature": "AAAA", "version": "JS20171115"})
	return base64.StdEncoding.EncodeToString(outer)
}

func TestALibrarySaysMoreOfTheDevice(t *testing.T) {
	b := guarded(t, userpool.ThreatsAudited, userpool.Settings{}, risk.Settings{})
	v := risk.Visit{Visitor: home.Visitor, Encoded: library(home.UserAgent, "device-1")}
	for range 2 {
		_, err := b.from(v, "alice", right)
		if err != nil {
			t.Fatal(err)
		}
		b.Advance(time.Second)
	}
	if x := b.wantEvent("with a library", risk.Passed, "NoRisk", "", "Password+"); !x.Told || x.Timezone != "01:00" || x.Mark != "id device-1" {
		t.Errorf("event %+v", x)
	}
}

func TestAnAuditedPoolDoesNothing(t *testing.T) {
	b := guarded(t, userpool.ThreatsAudited, userpool.Settings{}, risk.Settings{
		Takeover: all(risk.Action{Do: risk.Block}), Exceptions: &risk.Exceptions{Blocked: []string{"198.51.100.0/24"}},
	})
	out, err := b.from(abroad, "alice", right)
	wantTokens(t, "sign-in", out, err, b.MustFind("alice"))
	b.wantEvent("sign-in", risk.Passed, "AccountTakeover", risk.Medium, "Password+")
}

func TestASignInWithARiskIsBlocked(t *testing.T) {
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{Takeover: all(risk.Action{Do: risk.Block})})
	for range 2 { // a refused sign-in does not make the place known
		_, err := b.from(abroad, "alice", right)
		wantErr(t, "abroad", err, risk.ErrBlocked)
		b.wantEvent("abroad", risk.Failed, "AccountTakeover", risk.Medium, "Password+")
		b.Advance(time.Second)
	}
	// Whoever does not know the password learns nothing.
	_, err := b.from(abroad, "alice", "Wrong-Horse-7")
	wantErr(t, "wrong password", err, signin.ErrWrongPassword)
	b.wantEvent("wrong password", risk.Failed, "NoRisk", "", "Password-")
	out, err := b.from(home, "alice", right)
	wantTokens(t, "at home", out, err, b.MustFind("alice"))
	out, err = b.SignIns.Password(t.Context(), b.Pool, b.c, "alice", right, home) // as the pages do
	if err != nil || out.Challenge != nil {
		t.Errorf("at home, on the pages: %+v, %v", out, err)
	}
	_, err = b.SignIns.Password(t.Context(), b.Pool, b.c, "alice", right, abroad)
	wantErr(t, "abroad, on the pages", err, risk.ErrBlocked)
	p := b.startSRP("alice", right)
	_, err = b.SignIns.Respond(t.Context(), b.Pool, b.c, signin.Response{Challenge: signin.PasswordVerifier, Answers: p.answers, Visit: abroad})
	wantErr(t, "abroad, over SRP", err, risk.ErrBlocked)
}

// What a person calls valid is known from then on, and what a person calls invalid
// is not any more.
func TestFeedbackMovesTheRisk(t *testing.T) {
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{Takeover: all(risk.Action{Do: risk.Block})})
	alice := b.MustFind("alice")
	_, err := b.from(abroad, "alice", right)
	wantErr(t, "abroad", err, risk.ErrBlocked)
	blocked, atHome := b.history("alice")[0], b.history("alice")[1]
	say := func(x *risk.Event, valid bool) {
		t.Helper()
		if err := b.Risks.SetFeedback(t.Context(), b.Pool, alice, x.ID, valid, risk.ByAdmin); err != nil {
			t.Fatal(err)
		}
	}
	say(blocked, true)
	out, err := b.from(abroad, "alice", right)
	wantTokens(t, "abroad, after it was called valid", out, err, alice)
	say(atHome, false)
	_, err = b.from(home, "alice", right)
	wantErr(t, "at home, after it was called invalid", err, risk.ErrBlocked)
	wantErr(t, "an unknown event", b.Risks.SetFeedback(t.Context(), b.Pool, alice, "x", true, risk.ByAdmin), risk.ErrEventNotFound)
}

func TestARiskAsksForASecondFactor(t *testing.T) {
	for _, test := range []struct {
		what   string
		action string
		pool   userpool.Settings
		app    bool   // alice has an authenticator app
		want   string // the challenge; "": tokens; "blocked"
	}{
		{"an app that is not turned on", risk.MFAIfConfigured, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), true, signin.SoftwareTokenMFA},
		{"a mailbox", risk.MFAIfConfigured, withMFA(userpool.MFAOptional, user.EmailOTP), false, signin.EmailOTP},
		{"no app", risk.MFAIfConfigured, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), false, ""},
		{"a pool without", risk.MFAIfConfigured, userpool.Settings{}, false, ""},
		{"required: an app", risk.MFARequired, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), true, signin.SoftwareTokenMFA},
		{"required: no app", risk.MFARequired, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), false, "blocked"},
		{"required: a pool without", risk.MFARequired, userpool.Settings{}, false, "blocked"},
		{"no action", risk.NoAction, withMFA(userpool.MFAOptional, user.SoftwareTokenMFA), true, ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			b := guarded(t, userpool.ThreatsEnforced, test.pool, risk.Settings{Takeover: all(risk.Action{Do: test.action})})
			secret := ""
			if test.app {
				secret = b.giveApp("alice")
				b.Advance(time.Minute)
			}
			out, err := b.from(home, "alice", right)
			wantTokens(t, "at home", out, err, b.MustFind("alice"))
			b.Advance(time.Minute)
			out, err = b.from(abroad, "alice", right)
			switch test.want {
			case "blocked":
				wantErr(t, "abroad", err, risk.ErrBlocked)
				b.wantEvent("abroad", risk.Failed, "AccountTakeover", risk.Medium, "Password+")
				return
			case "":
				wantTokens(t, "abroad", out, err, b.MustFind("alice"))
				b.wantEvent("abroad", risk.Passed, "AccountTakeover", risk.Medium, "Password+")
				return
			}
			ch := wantChallenge(t, "abroad", out, err, test.want)
			started := b.wantEvent("abroad", risk.InProgress, "AccountTakeover", risk.Medium, "Password+")
			key, code := "SOFTWARE_TOKEN_MFA_CODE", seal.Secret("")
			wrong := signin.ErrTOTPCode
			if test.app {
				code = enginetest.TOTP(t, secret, b.Now())
			} else {
				key, code, wrong = "EMAIL_OTP_CODE", b.MustCode(mail), signin.ErrMFACode
			}
			_, err = b.respondFrom(abroad, ch, "USERNAME", "alice", key, enginetest.WrongCode(code).Reveal())
			wantErr(t, "wrong code", err, wrong)
			b.wantEvent("wrong code", risk.Failed, "AccountTakeover", risk.Medium, "Password+ Mfa-")
			out, err = b.respondFrom(abroad, ch, "USERNAME", "alice", key, code.Reveal())
			wantTokens(t, "right code", out, err, b.MustFind("alice"))
			if done := b.wantEvent("right code", risk.Passed, "AccountTakeover", risk.Medium, "Password+ Mfa+"); done.ID != started.ID {
				t.Errorf("the sign-in is two events: %s and %s", started.ID, done.ID)
			}
			out, err = b.from(abroad, "alice", right)
			wantTokens(t, "abroad, once it is known", out, err, b.MustFind("alice"))
		})
	}
}

// A code to the mailbox with which the sign-in began would prove nothing more, however
// often it is asked for.
func TestARiskAsksForAnotherFactorThanTheFirst(t *testing.T) {
	for _, test := range []struct {
		what, action string
		second       []string
		want         string // the challenge; "": tokens; "blocked"
	}{
		{"no other", risk.MFAIfConfigured, []string{user.EmailOTP}, ""},
		{"required: no other", risk.MFARequired, []string{user.EmailOTP}, "blocked"},
		{"a phone", risk.MFAIfConfigured, []string{user.EmailOTP, user.SMSMFA}, signin.SMSMFA},
		{"required: a phone", risk.MFARequired, []string{user.EmailOTP, user.SMSMFA}, signin.SMSMFA},
	} {
		t.Run(test.what, func(t *testing.T) {
			pool := withMFA(userpool.MFAOptional, test.second...)
			pool.FirstFactors = []string{userpool.FirstPassword, userpool.FirstEmail}
			b := guarded(t, userpool.ThreatsEnforced, pool, risk.Settings{Takeover: all(risk.Action{Do: test.action})})
			out, err := b.SignIns.Initiate(t.Context(), b.Pool, b.c, signin.Initiation{
				Flow: "USER_AUTH", Parameters: enginetest.Pairs("USERNAME", "alice", "PREFERRED_CHALLENGE", signin.EmailOTP), Visit: abroad,
			})
			ch := wantChallenge(t, "abroad", out, err, signin.EmailOTP)
			out, err = b.respondFrom(abroad, ch, "USERNAME", "alice", "EMAIL_OTP_CODE", b.MustCode(mail).Reveal())
			switch test.want {
			case "blocked":
				wantErr(t, "the code", err, risk.ErrBlocked)
				return
			case "":
				wantTokens(t, "the code", out, err, b.MustFind("alice"))
				return
			}
			ch = wantChallenge(t, "the code", out, err, test.want)
			out, err = b.respondFrom(abroad, ch, "USERNAME", "alice", "SMS_MFA_CODE", b.MustCode(phone).Reveal())
			wantTokens(t, "the code to the phone", out, err, b.MustFind("alice"))
		})
	}
}

func TestAddressesThatAreBlockedOrSkipped(t *testing.T) {
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{AutoVerified: []string{"email"}}, risk.Settings{
		Takeover:   all(risk.Action{Do: risk.Block}),
		Exceptions: &risk.Exceptions{Blocked: []string{"203.0.113.0/24", "2001:db8::/32"}, Skipped: []string{"198.51.100.7"}},
	})
	out, err := b.from(abroad, "alice", right)
	wantTokens(t, "a skipped address", out, err, b.MustFind("alice"))
	b.wantEvent("a skipped address", risk.Passed, "NoRisk", "", "Password+")
	b.Advance(time.Second)
	blocked := risk.Visit{Visitor: token.Visitor{Address: "203.0.113.9"}}
	for _, password := range []seal.Secret{right, "Wrong-Horse-7"} {
		_, err = b.from(blocked, "alice", password)
		wantErr(t, "a blocked address", err, risk.ErrBlocked)
		b.wantEvent("a blocked address", risk.Failed, "Block", "", "")
		b.Advance(time.Second)
	}
	for _, address := range []string{"::ffff:203.0.113.9", "2001:db8::1"} {
		_, err = b.from(risk.Visit{Visitor: token.Visitor{Address: address}}, "alice", right)
		wantErr(t, address, err, risk.ErrBlocked)
	}
	_, err = b.from(blocked, "nobody", right)
	wantErr(t, "a blocked address, an unknown name", err, risk.ErrBlocked)
	_, err = b.from(risk.Visit{Visitor: token.Visitor{Address: "x"}}, "alice", right)
	wantErr(t, "no address", err, risk.ErrAddress)
	// A sign-in that began elsewhere cannot be finished there.
	p := b.startSRP("alice", right)
	_, err = b.SignIns.Respond(t.Context(), b.Pool, b.c, signin.Response{Challenge: signin.PasswordVerifier, Answers: p.answers, Visit: blocked})
	wantErr(t, "the proof from a blocked address", err, risk.ErrBlocked)

	notAllowed := risk.ErrBlocked.Saying("Request not allowed due to security reasons.")
	_, _, err = b.Accounts.SignUp(t.Context(), b.Pool, b.c, account.SignUp{Username: "bob", Password: right, Visit: blocked})
	wantErr(t, "sign up", err, notAllowed)
	_, err = b.Users.Find(t.Context(), b.Pool, "bob")
	wantErr(t, "the user", err, user.ErrUserNotFound)
	b.Outbox.Clear()
	_, err = b.Accounts.ForgotPassword(t.Context(), b.Pool, b.c, "alice", nil, blocked)
	wantErr(t, "forgot password", err, notAllowed)
	_, err = b.Accounts.ResendConfirmation(t.Context(), b.Pool, b.c, "alice", nil, blocked)
	wantErr(t, "resend", err, notAllowed)
	wantErr(t, "reset", b.Accounts.ConfirmForgotPassword(t.Context(), b.Pool, b.c, account.Reset{Username: "alice", Code: "1", Password: right, Visit: blocked}), notAllowed)
	if sent := b.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages, want none", len(sent))
	}
}

const published = seal.Secret("Password123!")

func TestAPublishedPasswordMustBeReplaced(t *testing.T) {
	blocks := risk.Settings{Compromised: &risk.Compromised{Block: true}}
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, blocks)
	set := func(name string) {
		t.Helper()
		if err := b.Accounts.SetPassword(t.Context(), b.Pool, name, published, true); err != nil {
			t.Fatal(err)
		}
	}
	set("alice")
	// Whoever does not know the password must not lock the user out by guessing it.
	b.MustUser("bob")
	_, err := b.from(home, "bob", published)
	wantErr(t, "somebody guesses a published password", err, signin.ErrWrongPassword)
	if got := b.MustFind("bob").Status; got != user.Confirmed {
		t.Errorf("status %s", got)
	}

	_, err = b.from(home, "alice", published)
	wantErr(t, "sign-in", err, signin.ErrResetRequired)
	if x := b.wantEvent("sign-in", risk.Failed, "NoRisk", "", "Password+"); !x.Compromised {
		t.Error("the event does not say that the password is published")
	}
	if got := b.MustFind("alice").Status; got != user.ResetRequired {
		t.Errorf("status %s, want %s", got, user.ResetRequired)
	}
	_, err = b.Accounts.ForgotPassword(t.Context(), b.Pool, b.c, "alice", nil, home)
	if err != nil {
		t.Fatal(err)
	}
	reset := func(p seal.Secret) error {
		b.Advance(time.Millisecond)
		return b.Accounts.ConfirmForgotPassword(t.Context(), b.Pool, b.c, account.Reset{Username: "alice", Code: b.MustCode(mail), Password: p, Visit: home})
	}
	wantErr(t, "the same again", reset(published), risk.ErrCompromised)
	if err := reset("Other-Horse-8"); err != nil {
		t.Fatal(err)
	}
	if x := b.history("alice")[0]; x.Type != risk.ForgotPassword || x.Response != risk.Passed {
		t.Errorf("event %+v", x)
	}
	out, err := b.from(home, "alice", "Other-Horse-8")
	wantTokens(t, "with another password", out, err, b.MustFind("alice"))

	change := func(p seal.Secret) error {
		b.Advance(time.Millisecond)
		return b.Accounts.ChangePassword(t.Context(), b.Pool, b.MustFind("alice"), account.Change{Client: b.c.ID, Previous: "Other-Horse-8", Proposed: p, Visit: home})
	}
	wantErr(t, "change to a published password", change(published), risk.ErrCompromised)
	if x := b.history("alice")[0]; x.Type != risk.PasswordChange || x.Response != risk.Failed || !x.Compromised {
		t.Errorf("event %+v", x)
	}
	_, _, err = b.Accounts.SignUp(t.Context(), b.Pool, b.c, account.SignUp{Username: "carol", Password: published})
	wantErr(t, "sign up with a published password", err, risk.ErrCompromised)
	_, err = b.Users.Find(t.Context(), b.Pool, "carol")
	wantErr(t, "the user", err, user.ErrUserNotFound)

	// A temporary password is replaced anyway, with one that is not published.
	b.MustInvite("dora")
	out, err = b.from(home, "dora", right)
	ch := wantChallenge(t, "temporary", out, err, signin.NewPasswordRequired)
	_, err = b.respondFrom(home, ch, "USERNAME", "dora", "NEW_PASSWORD", published.Reveal())
	wantErr(t, "a published new password", err, risk.ErrCompromised)
	out, err = b.respondFrom(home, ch, "USERNAME", "dora", "NEW_PASSWORD", "Other-Horse-8")
	wantTokens(t, "a new password", out, err, b.MustFind("dora"))

	// Where the configuration does not look, or does not block, nothing happens.
	for what, s := range map[string]risk.Settings{
		"another occasion": {Compromised: &risk.Compromised{Block: true, At: []risk.Occasion{risk.AtSignUp}}},
		"no action":        {Compromised: &risk.Compromised{}},
		"nothing set":      {},
	} {
		b.configure(s)
		set("bob")
		out, err = b.from(home, "bob", published)
		wantTokens(t, what, out, err, b.MustFind("bob"))
		if x := b.history("bob")[0]; x.Compromised != (what != "another occasion") {
			t.Errorf("%s: event %+v", what, x)
		}
		b.Advance(time.Second)
	}
}

// Who knows a published password may have signed in with it before it was found out.
func TestAPublishedPasswordEndsEarlierSignIns(t *testing.T) {
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{})
	if err := b.Accounts.SetPassword(t.Context(), b.Pool, "alice", published, true); err != nil {
		t.Fatal(err)
	}
	earlier, err := b.from(home, "alice", published)
	wantTokens(t, "before anybody looks", earlier, err, b.MustFind("alice"))
	handle, _, err := b.Tokens.StartSession(t.Context(), token.BrowserSignIn{Pool: b.Pool, User: b.MustFind("alice"), Provider: userpool.ProviderCognito})
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(time.Second)

	b.configure(risk.Settings{Compromised: &risk.Compromised{Block: true}})
	_, err = b.from(home, "alice", published)
	wantErr(t, "sign-in", err, signin.ErrResetRequired)
	_, err = b.Tokens.Refresh(t.Context(), b.c, token.RefreshInput{Token: earlier.Tokens.Refresh})
	wantErr(t, "the refresh token of before", err, token.ErrRefreshRevoked)
	_, err = b.Tokens.VerifyAccess(t.Context(), earlier.Tokens.Access, "")
	wantErr(t, "the access token of before", err, token.ErrAccessRevoked)
	b.MustEdit("alice", func(u *user.User) { u.Status = user.Confirmed })
	_, err = b.Tokens.Session(t.Context(), b.Pool, handle)
	wantErr(t, "the browser session of before", err, token.ErrSessionUnknown)
}

func TestUsersAreToldOfARisk(t *testing.T) {
	notice := &risk.Notice{From: "Team <team@example.com>", SourceARN: "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
	for _, do := range []string{risk.Block, risk.MFAIfConfigured, risk.NoAction} {
		t.Run(do, func(t *testing.T) {
			takeover := all(risk.Action{Do: do, Notify: true})
			takeover.Notice = notice
			own := *notice
			text := "{username} {ip-address} {city} {country} {device-name} {login-time} {event-id} {one-click-link-valid} {one-click-link-invalid} {feedback-token}"
			own.Allowed = &risk.Words{Subject: "About {username}", Text: "allowed " + text}
			own.Blocked = &risk.Words{Subject: "About {username}", HTML: "<b>blocked</b> " + text}
			b := guarded(t, userpool.ThreatsEnforced, withMFA(userpool.MFAOptional, user.EmailOTP), risk.Settings{Takeover: takeover})
			b.Places = map[string]risk.Place{abroad.Address: {City: "<Sydney>", Country: "Australia"}}
			takeover.Notice = &own
			b.configure(risk.Settings{Takeover: takeover})
			b.Outbox.Clear()
			b.from(home, "alice", right)
			b.from(abroad, "alice", "Wrong-Horse-7")
			if sent := b.Outbox.Sent(); len(sent) != 0 {
				t.Fatalf("%d messages for a known place and a wrong password, want none", len(sent))
			}
			b.from(abroad, "alice", right)
			m := b.Outbox.Sent()[0]
			body := m.Body.Reveal()
			x := b.history("alice")[0]
			if m.To != mail || m.Sender.From != notice.From || m.Sender.ARN != notice.SourceARN {
				t.Errorf("message to %s from %+v", m.To, m.Sender)
			}
			switch do {
			case risk.MFAIfConfigured:
				if m.Subject != "A sign-in from a new device or place" || !strings.Contains(body, "198.51.100.7") || strings.Contains(body, "{") {
					t.Errorf("message %q: %s", m.Subject, body)
				}
				return
			case risk.Block:
				if !m.HTML || !strings.HasPrefix(body, "<b>blocked</b> alice 198.51.100.7 &lt;Sydney&gt; Australia Chrome 126, Windows 10 ") {
					t.Errorf("message %s", body)
				}
			case risk.NoAction:
				if m.HTML || !strings.HasPrefix(body, "allowed alice 198.51.100.7 <Sydney> Australia Chrome 126, Windows 10 ") {
					t.Errorf("message %s", body)
				}
			}
			if m.Subject != "About alice" || !strings.Contains(body, x.ID) || !strings.Contains(body, "value=valid") || !strings.Contains(body, "value=invalid") {
				t.Errorf("message %q: %s", m.Subject, body)
			}
			parts := strings.Split(body, " ")
			link := risk.FeedbackLink{Username: "alice", Event: x.ID, Token: seal.Secret(parts[len(parts)-1]), Valid: true}
			b.wantFeedback(link)
		})
	}
}

// wantFeedback fails the test unless the link is taken for its own event alone, and
// for a week.
func (b *bench) wantFeedback(link risk.FeedbackLink) {
	b.t.Helper()
	other := b.history("alice")[1]
	b.MustUser("bob")
	for what, change := range map[string]func(*risk.FeedbackLink){
		"another event":   func(l *risk.FeedbackLink) { l.Event = other.ID },
		"another user":    func(l *risk.FeedbackLink) { l.Username = "bob" },
		"an unknown user": func(l *risk.FeedbackLink) { l.Username = "nobody" },
		"no token":        func(l *risk.FeedbackLink) { l.Token = "" },
	} {
		l := link
		change(&l)
		wantErr(b.t, what, b.Risks.Answer(b.t.Context(), b.Pool, l), risk.ErrFeedbackToken)
	}
	if f := b.history("alice")[0].Feedback; f != nil {
		b.t.Errorf("feedback %+v after refused ones", f)
	}
	if err := b.Risks.Answer(b.t.Context(), b.Pool, link); err != nil {
		b.t.Errorf("feedback: %v", err)
	}
	if f := b.history("alice")[0].Feedback; f == nil || !f.Valid || f.By != risk.ByUser {
		b.t.Errorf("feedback %+v", f)
	}
	b.Advance(8 * 24 * time.Hour)
	wantErr(b.t, "after a week", b.Risks.Answer(b.t.Context(), b.Pool, link), risk.ErrFeedbackToken)
}

// Nothing is sent to an address that the user has not verified: it may be somebody
// else's.
func TestAnUnverifiedAddressGetsNoNotice(t *testing.T) {
	takeover := all(risk.Action{Do: risk.NoAction, Notify: true})
	takeover.Notice = &risk.Notice{SourceARN: "arn:aws:ses:us-east-1:000000000000:identity/team@example.com"}
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{Takeover: takeover})
	if err := b.Accounts.SetAttributes(t.Context(), b.Pool, "alice", map[string]string{"email": "other@example.com"}, nil); err != nil {
		t.Fatal(err)
	}
	b.from(abroad, "alice", right)
	if sent := b.Outbox.Sent(); len(sent) != 0 {
		t.Errorf("%d messages, want none", len(sent))
	}
}

// Whoever knows a password could fill the mailbox of its owner.
func TestNoticesOfRisksAreLimited(t *testing.T) {
	takeover := all(risk.Action{Do: risk.Block, Notify: true})
	takeover.Notice = &risk.Notice{SourceARN: "arn:aws:ses:us-east-1:000000000000:identity/team@example.com"}
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{Takeover: takeover})
	for range 9 {
		_, err := b.from(abroad, "alice", right)
		wantErr(t, "abroad", err, risk.ErrBlocked)
	}
	if n := len(b.Outbox.Sent()); n != 5 {
		t.Errorf("%d notices in an hour, want 5", n)
	}
	b.Advance(time.Hour)
	b.from(abroad, "alice", right)
	if n := len(b.Outbox.Sent()); n != 6 {
		t.Errorf("%d notices after an hour, want 6", n)
	}
}

// A program that says nothing of itself is known after a sign-in, like any other.
func TestASilentProgramIsADevice(t *testing.T) {
	b := guarded(t, userpool.ThreatsAudited, userpool.Settings{}, risk.Settings{})
	quiet := risk.Visit{Visitor: token.Visitor{Address: home.Address}}
	for i, want := range []risk.Level{risk.Low, ""} {
		if _, err := b.from(quiet, "alice", right); err != nil {
			t.Fatal(err)
		}
		if got := b.history("alice")[0].Level; got != want {
			t.Errorf("sign-in %d: level %q, want %q", i, got, want)
		}
		b.Advance(time.Second)
	}
}

func TestFailuresAreRecorded(t *testing.T) {
	b := guarded(t, userpool.ThreatsAudited, userpool.Settings{}, risk.Settings{})
	for range 5 {
		b.from(home, "alice", "Wrong-Horse-7")
	}
	_, err := b.from(home, "alice", right)
	wantErr(t, "locked", err, credential.ErrLocked)
	b.wantEvent("locked", risk.Failed, "NoRisk", "", "")
	if got := len(b.history("alice")); got != 7 {
		t.Errorf("%d events, want the first sign-in, five wrong passwords and one while locked", got)
	}
	b.Advance(time.Hour)
	if err := b.Accounts.SetEnabled(t.Context(), b.Pool, "alice", false); err != nil {
		t.Fatal(err)
	}
	_, err = b.from(home, "alice", right)
	wantErr(t, "disabled", err, signin.ErrDisabled)
	b.wantEvent("disabled", risk.Failed, "NoRisk", "", "Password+")
}

// A name that no user has leaves nothing, and is answered in the same way.
func TestANameThatNoUserHasLeavesNoEvent(t *testing.T) {
	b := newBench(t, userpool.Settings{Threats: userpool.Threats{Mode: userpool.ThreatsAudited}}, hiding)
	_, err := b.from(home, "nobody", right)
	wantErr(t, "sign-in", err, signin.ErrWrongPassword)
	u := b.MustUser("nobody")
	if list, err := b.Store.Events(t.Context(), b.Pool.ID, u.Sub, nil, 9); len(list) != 0 || err != nil {
		t.Errorf("events %v, %v, want none", list, err)
	}
}

func TestCustomSignInsHaveAModeOfTheirOwn(t *testing.T) {
	for _, mode := range []userpool.ThreatMode{userpool.ThreatsIgnored, userpool.ThreatsEnforced} {
		t.Run(fmt.Sprintf("mode %q", mode), func(t *testing.T) {
			b := riddle(t, false)
			p, err := b.Pools.UpdatePool(t.Context(), b.Pool.ID, func(p *userpool.Pool) error {
				p.Settings.Threats = userpool.Threats{Mode: userpool.ThreatsEnforced, Custom: mode}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			b.Pool = p
			b.configure(risk.Settings{Takeover: all(risk.Action{Do: risk.MFARequired})})
			u := b.MustUser("alice")
			enter := func(v risk.Visit) (*signin.Outcome, error) {
				b.Advance(time.Minute)
				out, err := b.SignIns.Initiate(t.Context(), b.Pool, b.c, signin.Initiation{Flow: "CUSTOM_AUTH", Parameters: enginetest.Pairs("USERNAME", "alice"), Visit: v})
				if err != nil {
					t.Fatal(err)
				}
				return b.respondFrom(v, out.Challenge, "USERNAME", "alice", "ANSWER", "sesame")
			}
			out, err := enter(home)
			wantTokens(t, "at home", out, err, u)
			out, err = enter(abroad)
			if mode == userpool.ThreatsIgnored {
				wantTokens(t, "abroad", out, err, u)
				if got := len(b.history("alice")); got != 0 {
					t.Errorf("%d events, want none", got)
				}
				return
			}
			wantErr(t, "abroad", err, risk.ErrBlocked) // no second factor follows the functions
			b.wantEvent("abroad", risk.Failed, "AccountTakeover", risk.Medium, "Password+")
		})
	}
}

func TestAClientHasAConfigurationOfItsOwn(t *testing.T) {
	b := guarded(t, userpool.ThreatsEnforced, userpool.Settings{}, risk.Settings{Takeover: all(risk.Action{Do: risk.Block})})
	if _, err := b.Risks.Configure(t.Context(), b.Pool, b.c.ID, risk.Settings{Takeover: all(risk.Action{Do: risk.NoAction})}); err != nil {
		t.Fatal(err)
	}
	out, err := b.from(abroad, "alice", right)
	wantTokens(t, "abroad", out, err, b.MustFind("alice"))
}
