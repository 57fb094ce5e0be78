package signin_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest/enginetest"
)

const devicePassword = "ZGV2aWNlLXBhc3N3b3Jk"

// withDevices returns the settings of a pool that remembers devices.
func withDevices(s userpool.Settings, d userpool.Devices) userpool.Settings {
	s.Devices = &d
	return s
}

// phoneOf is a device on which alice has signed in.
type phoneOf struct {
	b        *bench
	key      device.Key
	groupKey string
}

// confirmDevice confirms the device of a sign-in.
func (b *bench) confirmDevice(out *signin.Outcome) *phoneOf {
	b.t.Helper()
	u := b.MustFind("alice")
	p := &phoneOf{b, out.Device, device.GroupKey(u.Pool, u.Sub)}
	if !out.NewDevice || len(p.groupKey) != 9 {
		b.t.Fatalf("sign-in %+v, want a new device", out)
	}
	v, err := srp.NewVerifier(p.groupKey, string(p.key), devicePassword)
	if err != nil {
		b.t.Fatal(err)
	}
	err = b.Devices.Confirm(b.t.Context(), b.Pool, u, device.Confirmation{
		Key: p.key, Own: p.key, Name: "phone", Salt: base64.StdEncoding.EncodeToString(v.Salt), Verifier: seal.Secret(base64.StdEncoding.EncodeToString(v.V)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// signedIn signs alice in with her password alone.
func (b *bench) signedIn(more ...string) *signin.Outcome {
	b.t.Helper()
	out, err := b.initiate("USER_PASSWORD_AUTH", append([]string{"USERNAME", "alice", "PASSWORD", right.Reveal()}, more...)...)
	if err != nil || out.Tokens == nil {
		b.t.Fatalf("sign-in: %+v, %v, want tokens", out, err)
	}
	return out
}

// prove answers DEVICE_SRP_AUTH and then the challenge that follows.
func (p *phoneOf) prove(asked *signin.Challenge, password string, change ...string) (*signin.Outcome, error) {
	p.b.t.Helper()
	client := &srp.Client{PoolName: p.groupKey, UserID: string(p.key), Password: password}
	a, err := client.SRPA()
	if err != nil {
		p.b.t.Fatal(err)
	}
	out, err := p.b.respond(signin.DeviceSRPAuth, asked.Session, "USERNAME", "alice", "DEVICE_KEY", string(p.key), "SRP_A", a)
	next := wantChallenge(p.b.t, "DEVICE_SRP_AUTH", out, err, signin.DevicePasswordVerifier).Parameters
	block, err := base64.StdEncoding.DecodeString(next["SECRET_BLOCK"])
	if err != nil {
		p.b.t.Fatal(err)
	}
	claim, err := client.Prove(next["SALT"], next["SRP_B"], block, p.b.Now())
	if err != nil {
		p.b.t.Fatal(err)
	}
	answers := append([]string{"USERNAME", next["USERNAME"], "DEVICE_KEY", next["DEVICE_KEY"], "PASSWORD_CLAIM_SECRET_BLOCK", next["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE", claim.Signature, "TIMESTAMP", claim.Timestamp}, change...)
	out, err = p.b.respond(signin.DevicePasswordVerifier, "", answers...)
	if err == nil {
		if _, again := p.b.respond(signin.DevicePasswordVerifier, "", answers...); again == nil {
			p.b.t.Error("a proof was accepted twice")
		}
	}
	return out, err
}

func (p *phoneOf) remember(remembered bool) {
	p.b.t.Helper()
	if err := p.b.Devices.SetRemembered(p.b.t.Context(), p.b.MustFind("alice"), p.key, remembered); err != nil {
		p.b.t.Fatal(err)
	}
}

// Which challenge a device gets, and what its sign-in ends with.
func TestDeviceThatIsDue(t *testing.T) {
	app := func(mode userpool.MFAMode) userpool.Settings { return withMFA(mode, user.SoftwareTokenMFA) }
	const none = ""
	for name, tt := range map[string]struct {
		pool     userpool.Settings
		prompted bool // the user asks to remember the device
		first    string
		after    string // after the second factor
	}{
		"remembered, no MFA":                      {withDevices(userpool.Settings{}, userpool.Devices{ReplaceMFA: true}), false, signin.DeviceSRPAuth, none},
		"remembered, no MFA, does not replace it": {withDevices(userpool.Settings{}, userpool.Devices{}), false, signin.DeviceSRPAuth, none},
		"remembered, instead of MFA":              {withDevices(app("ON"), userpool.Devices{ReplaceMFA: true}), false, signin.DeviceSRPAuth, none},
		"remembered, besides MFA":                 {withDevices(app("ON"), userpool.Devices{}), false, signin.SoftwareTokenMFA, signin.DeviceSRPAuth},
		"not prompted":                            {withDevices(app("ON"), userpool.Devices{ReplaceMFA: true, OnlyOnPrompt: true}), false, signin.SoftwareTokenMFA, none},
		"prompted":                                {withDevices(app("ON"), userpool.Devices{ReplaceMFA: true, OnlyOnPrompt: true}), true, signin.DeviceSRPAuth, none},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, tt.pool, userpool.ClientSettings{})
			alice := b.MustUser("alice")
			secret := ""
			code := func() string {
				b.Advance(time.Minute)
				return enginetest.TOTP(t, secret, b.Now()).Reveal()
			}
			out, err := b.password("alice", right)
			if tt.pool.MFA.Mode != "" {
				secret = b.giveApp("alice")
				ch := b.challenged(signin.SoftwareTokenMFA)
				out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code())
			}
			wantTokens(t, "first sign-in", out, err, alice)
			p := b.confirmDevice(out)
			if tt.prompted {
				p.remember(true)
			}
			out, err = b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "DEVICE_KEY", string(p.key))
			ch := wantChallenge(t, "sign-in with the device", out, err, tt.first)
			if ch.Name == signin.SoftwareTokenMFA {
				out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code())
				if tt.after != none {
					ch = wantChallenge(t, "second factor", out, err, tt.after)
				}
			}
			if ch.Name == signin.DeviceSRPAuth {
				out, err = p.prove(ch, devicePassword)
			}
			wantTokens(t, "the end", out, err, alice)
			if out.Device != p.key || out.NewDevice {
				t.Errorf("device %s, new %v; want that of the sign-in", out.Device, out.NewDevice)
			}
		})
	}
}

// With SRP the device is named in the first call, in the second, or in both.
func TestDeviceWithSRP(t *testing.T) {
	b := newBench(t, withDevices(userpool.Settings{}, userpool.Devices{ReplaceMFA: true}), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	p := b.confirmDevice(b.signedIn())
	proof := b.startSRP("alice", right)
	proof.answers["DEVICE_KEY"] = string(p.key)
	out, err := proof.answer()
	out, err = p.prove(wantChallenge(t, "PASSWORD_VERIFIER", out, err, signin.DeviceSRPAuth), devicePassword)
	wantTokens(t, "SRP", out, err, alice)
}

// A client whose device was forgotten learns that with the right password only, and
// goes on without the device, with the same answer.
func TestADeviceThatWasForgotten(t *testing.T) {
	b := newBench(t, withDevices(withMFA("OPTIONAL", user.SoftwareTokenMFA), userpool.Devices{ReplaceMFA: true}), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	p := b.confirmDevice(b.signedIn())
	if err := b.Devices.Forget(t.Context(), alice, p.key); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{string(p.key), "made-up"} {
		_, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", "Wrong-Horse-7", "DEVICE_KEY", key)
		wantErr(t, "wrong password", err, signin.ErrWrongPassword)
		_, err = b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "DEVICE_KEY", key)
		wantErr(t, "right password", err, device.ErrUnknown)
	}
	proof := b.startSRP("alice", right)
	proof.answers["DEVICE_KEY"] = string(p.key)
	_, err := proof.answer()
	wantErr(t, "right proof", err, device.ErrUnknown)
	delete(proof.answers, "DEVICE_KEY")
	out, err := proof.answer()
	wantTokens(t, "the same proof without the device", out, err, alice)
	if !out.NewDevice || out.Device == p.key {
		t.Errorf("device %s, want a new one", out.Device)
	}
	secret := b.giveApp("alice")
	b.turnOn("alice", user.SoftwareTokenMFA, user.SoftwareTokenMFA)
	b.Advance(time.Minute)
	ch, code := b.challenged(signin.SoftwareTokenMFA), enginetest.TOTP(t, secret, b.Now()).Reveal()
	_, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code, "DEVICE_KEY", string(p.key))
	wantErr(t, "right code", err, device.ErrUnknown)
	out, err = b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", code)
	wantTokens(t, "the same code without the device", out, err, alice)
}

func TestWrongProofsOfADevice(t *testing.T) {
	b := newBench(t, withDevices(withMFA("ON", user.SoftwareTokenMFA), userpool.Devices{ReplaceMFA: true, OnlyOnPrompt: true}), userpool.ClientSettings{})
	b.MustUser("alice")
	secret := b.giveApp("alice")
	b.Advance(time.Minute)
	ch := b.challenged(signin.SoftwareTokenMFA)
	out, err := b.respond(ch.Name, ch.Session, "USERNAME", "alice", "SOFTWARE_TOKEN_MFA_CODE", enginetest.TOTP(t, secret, b.Now()).Reveal())
	if err != nil {
		t.Fatal(err)
	}
	p := b.confirmDevice(out)
	p.remember(true)
	start := func() *signin.Challenge {
		t.Helper()
		out, err := b.initiate("USER_PASSWORD_AUTH", "USERNAME", "alice", "PASSWORD", right.Reveal(), "DEVICE_KEY", string(p.key))
		return wantChallenge(t, "password", out, err, signin.DeviceSRPAuth)
	}
	refused := func(what string, asked *signin.Challenge, want *fault.Error, password string, change ...string) {
		t.Helper()
		out, err := p.prove(asked, password, change...)
		if out != nil || !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v, want %v", what, out, err, want)
		}
	}
	refused("wrong password", start(), signin.ErrWrongPassword, "other")
	refused("forged signature", start(), signin.ErrWrongPassword, devicePassword, "PASSWORD_CLAIM_SIGNATURE", forge.Text("AAAA"))
	refused("old time", start(), signin.ErrSessionExpired, devicePassword, "TIMESTAMP", srp.FormatTimestamp(b.Now().Add(-time.Hour)))
	refused("another device", start(), device.ErrUnknown, devicePassword, "DEVICE_KEY", string(device.NewKey(b.Pool.ID)))
	asked := start()
	p.remember(false)
	_, err = b.respond(signin.DeviceSRPAuth, asked.Session, "USERNAME", "alice", "DEVICE_KEY", string(p.key), "SRP_A", "abc")
	wantErr(t, "a device that is remembered no more", err, device.ErrUnknown)
	p.remember(true)
	for range 3 {
		refused("wrong password", start(), signin.ErrWrongPassword, "other")
	}
	refused("right password, locked", start(), credential.ErrLocked, devicePassword)
}

// Refresh tokens work only together with the device on which their user signed in.
func TestRefreshTokensAreBoundToTheDevice(t *testing.T) {
	b := newBench(t, withDevices(userpool.Settings{}, userpool.Devices{}), userpool.ClientSettings{})
	alice := b.MustUser("alice")
	out := b.signedIn()
	refresh := func(key device.Key) error {
		_, err := b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal(), "DEVICE_KEY", string(key))
		return err
	}
	access, err := b.Tokens.VerifyAccess(t.Context(), out.Tokens.Access, "")
	if err != nil || access.Device != out.Device {
		t.Errorf("access token of device %s, %v; want %s", access.Device, err, out.Device)
	}
	wantErr(t, "before the device is confirmed", refresh(out.Device), token.ErrRefreshInvalid)
	p := b.confirmDevice(out)
	wantErr(t, "without the device", refresh(""), token.ErrRefreshInvalid)
	wantErr(t, "with another device", refresh(device.NewKey(b.Pool.ID)), token.ErrRefreshInvalid)
	if err := refresh(p.key); err != nil {
		t.Errorf("with the device: %v", err)
	}
	if err := b.Devices.Forget(t.Context(), alice, p.key); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "after the device was forgotten", refresh(p.key), token.ErrRefreshRevoked)
	_, err = b.Tokens.VerifyAccess(t.Context(), out.Tokens.Access, "")
	wantErr(t, "access token", err, token.ErrAccessRevoked)
}

// A pool that does not remember devices gives none and asks for none.
func TestAPoolWithoutDevices(t *testing.T) {
	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	out := b.signedIn("DEVICE_KEY", "us-east-1_0a1b2c3d")
	if out.Device != "" || out.NewDevice {
		t.Errorf("device %s, want none", out.Device)
	}
	if _, err := b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", out.Tokens.Refresh.Reveal()); err != nil {
		t.Error(err)
	}
	err := b.Devices.Confirm(t.Context(), b.Pool, b.MustFind("alice"), device.Confirmation{Key: "k", Own: "k"})
	wantErr(t, "Confirm", err, device.ErrUnknown)
}
