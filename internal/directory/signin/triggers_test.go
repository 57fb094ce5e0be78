package signin_test

import (
	"errors"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func nothing(enginetest.Event) error { return nil }

func refuse(enginetest.Event) error { return errors.New("not you") }

// watched is a bench whose pool has a function for every moment of a sign-in.
func watched(t *testing.T, client userpool.ClientSettings) *bench {
	b := newBench(t, userpool.Settings{}, client)
	for _, name := range []userpool.Trigger{userpool.TriggerPreAuthentication, userpool.TriggerPostAuthentication, userpool.TriggerPreToken} {
		b.On(name, nothing)
	}
	return b
}

func TestTheFunctionsOfEachSignIn(t *testing.T) {
	b := watched(t, userpool.ClientSettings{})
	b.MustUser("alice", "email", "alice@example.com")
	b.MustInvite("ivan")
	all := "PreAuthentication_Authentication PostAuthentication_Authentication TokenGeneration_Authentication"

	if _, err := b.password("alice", right); err != nil {
		t.Fatal(err)
	}
	if got := b.Functions.Sources(); got != all {
		t.Errorf("a password: %s", got)
	}
	b.password("alice", "wrong")
	if got := b.Functions.Sources(); got != "PreAuthentication_Authentication" {
		t.Errorf("a wrong password: %s", got)
	}
	p := b.startSRP("alice", right)
	if got := b.Functions.Sources(); got != "PreAuthentication_Authentication" {
		t.Errorf("SRP_A: %s", got)
	}
	if _, err := p.answer(); err != nil {
		t.Fatal(err)
	}
	if got := b.Functions.Sources(); got != "PostAuthentication_Authentication TokenGeneration_Authentication" {
		t.Errorf("the proof: %s", got)
	}
	out, err := b.password("ivan", right)
	if err != nil || out.Challenge == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := b.Functions.Sources(); got != "PreAuthentication_Authentication" {
		t.Errorf("a temporary password: %s", got)
	}
	if _, err := b.respond(signin.NewPasswordRequired, out.Challenge.Session, "USERNAME", "ivan", "NEW_PASSWORD", "Other-Horse-8"); err != nil {
		t.Fatal(err)
	}
	if got := b.Functions.Sources(); got != "PostAuthentication_Authentication TokenGeneration_NewPasswordChallenge" {
		t.Errorf("a new password: %s", got)
	}
	if _, err := b.SignIns.Password(t.Context(), b.Pool, b.c, "alice", right, risk.Visit{}); err != nil { // as the pages do
		t.Fatal(err)
	}
	if got := b.Functions.Sources(); got != "PreAuthentication_Authentication PostAuthentication_Authentication" {
		t.Errorf("the pages: %s", got)
	}
}

// The metadata of the first call is validation data of PreAuthentication and goes
// no further; that of an answer goes to the others.
func TestWhereTheMetadataOfASignInGoes(t *testing.T) {
	b := watched(t, userpool.ClientSettings{})
	b.MustInvite("ivan")
	out, err := b.SignIns.Initiate(t.Context(), b.Pool, b.c, signin.Initiation{
		Flow: "USER_PASSWORD_AUTH", Parameters: enginetest.Pairs("USERNAME", "ivan", "PASSWORD", right.Reveal()), Metadata: enginetest.Pairs("first", "1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.SignIns.Respond(t.Context(), b.Pool, b.c, signin.Response{
		Challenge: signin.NewPasswordRequired, Session: out.Challenge.Session, Metadata: enginetest.Pairs("second", "2"),
		Answers: enginetest.Pairs("USERNAME", "ivan", "NEW_PASSWORD", "Other-Horse-8"),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := b.Functions.Events()
	first, _ := e[0].Request()["validationData"].(map[string]any)
	if first["first"] != "1" || e[0].Request()["clientMetadata"] != nil {
		t.Errorf("PreAuthentication got %v", e[0].Request())
	}
	for _, event := range e[1:] {
		if m, _ := event.Request()["clientMetadata"].(map[string]any); m["second"] != "2" || m["first"] != nil {
			t.Errorf("%s got %v", event.Source(), event.Request())
		}
	}
	b.Functions.Sources()
	b.SignIns.Initiate(t.Context(), b.Pool, b.c, signin.Initiation{
		Flow: "USER_PASSWORD_AUTH", Parameters: enginetest.Pairs("USERNAME", "ivan", "PASSWORD", "Other-Horse-8"), Metadata: enginetest.Pairs("first", "1"),
	})
	for _, event := range b.Functions.Events()[1:] {
		if event.Request()["clientMetadata"] != nil {
			t.Errorf("%s got %v of the first call", event.Source(), event.Request())
		}
	}
}

func TestAFunctionThatRefusesASignIn(t *testing.T) {
	for name, text := range map[userpool.Trigger]string{
		userpool.TriggerPreAuthentication:  "PreAuthentication failed with error not you.",
		userpool.TriggerPostAuthentication: "PostAuthentication failed with error not you.",
		userpool.TriggerPreToken:           "PreTokenGeneration failed with error not you.",
	} {
		b := watched(t, userpool.ClientSettings{})
		b.MustUser("alice")
		b.On(name, refuse)
		out, err := b.password("alice", right)
		if f := trigger.ErrRefused; !errors.Is(err, f) || out != nil || messageOf(err) != text {
			t.Errorf("%s: %+v, %v, want %s", name, out, err, text)
		}
	}
}

// A client that hides whether users exist: the function is asked about a name that
// no user has, too, and what the client sees does not differ.
func TestAFunctionIsAskedAboutNamesThatNoUserHas(t *testing.T) {
	b := watched(t, hiding)
	_, err := b.password("nobody", right)
	if !errors.Is(err, signin.ErrWrongPassword) {
		t.Errorf("error %v, want %v", err, signin.ErrWrongPassword)
	}
	e := b.Functions.Events()
	if len(e) != 1 || e[0].Request()["userNotFound"] != true || e[0]["userName"] != "nobody" || len(e[0].Request()["userAttributes"].(map[string]any)) != 0 {
		t.Errorf("events %v", e)
	}
	tells := watched(t, userpool.ClientSettings{})
	tells.password("nobody", right)
	if got := tells.Functions.Sources(); got != "" {
		t.Errorf("a client that tells: %s", got)
	}
}

// messageOf returns what callers read of an error.
func messageOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Message
	}
	return ""
}

// The function is told of a new device where the client gets the key of one.
func TestTheFunctionIsToldOfANewDevice(t *testing.T) {
	told := func(b *bench) bool {
		t.Helper()
		events := b.Functions.Events()
		new, ok := events[len(events)-1].Request()["newDeviceUsed"].(bool)
		if !ok {
			t.Fatalf("event %v", events[len(events)-1])
		}
		return new
	}
	for _, devices := range []bool{false, true} {
		pool := userpool.Settings{}
		if devices {
			pool = withDevices(pool, userpool.Devices{})
		}
		b := newBench(t, pool, userpool.ClientSettings{})
		b.MustUser("alice", "email", mail)
		b.On(userpool.TriggerPostAuthentication, nothing)
		out := b.signedIn()
		if got := told(b); got != devices || out.NewDevice != devices {
			t.Errorf("devices %v: told of a new device: %v, given one: %v", devices, got, out.NewDevice)
		}
		if _, err := b.SignIns.Password(t.Context(), b.Pool, b.c, "alice", right, risk.Visit{}); err != nil || told(b) {
			t.Errorf("devices %v: the sign-in pages give no device: told %v, %v", devices, told(b), err)
		}
		if !devices {
			continue
		}
		phone := b.confirmDevice(out)
		again, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "DEVICE_KEY", string(phone.key))
		if err != nil || again.NewDevice || told(b) {
			t.Errorf("with a known device: told %v, %+v, %v", told(b), again, err)
		}
	}
}
