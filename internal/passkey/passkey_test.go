package passkey_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/passkey"
	"gatehouse/internal/testing/authenticator"
)

var (
	challenge = []byte("0123456789abcdef0123456789abcdef")
	owner     = passkey.Owner{Handle: "b1946ac9-2493-4a0c-8c0e-3b0b1c0a0001", Name: "alice"}
	party     = passkey.RelyingParty{ID: "example.com"}
)

const origin = "https://app.example.com"

// create lets the device make a passkey for the relying party, and checks it.
func create(t *testing.T, d *authenticator.Device, rp passkey.RelyingParty) (*passkey.Key, error) {
	t.Helper()
	options, err := passkey.Creation(rp, owner, challenge, nil)
	if err != nil {
		t.Fatal(err)
	}
	created, err := passkey.ReadCreated(d.Create(options))
	if err != nil {
		return nil, err
	}
	return created.Check(rp, challenge)
}

func assert(t *testing.T, d *authenticator.Device, rp passkey.RelyingParty, key passkey.Key) error {
	t.Helper()
	options, err := passkey.Request(rp, challenge, []passkey.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	asserted, err := passkey.ReadAsserted(d.Get(options))
	if err != nil {
		return err
	}
	return asserted.Check(rp, challenge, key, owner.Handle)
}

// The options have the form that Cognito's have.
func TestOptions(t *testing.T) {
	has := []passkey.Key{{ID: []byte{0xfb, 0xff}, Transports: []string{"usb"}}, {ID: []byte{1}}}
	exclude := []any{map[string]any{"type": "public-key", "id": "-_8", "transports": []any{"usb"}}, map[string]any{"type": "public-key", "id": "AQ", "transports": []any{}}}
	text := "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	creation, err := passkey.Creation(party, owner, challenge, has)
	if err != nil {
		t.Fatal(err)
	}
	request, err := passkey.Request(passkey.RelyingParty{ID: "example.com", VerifiesUser: true}, challenge, has)
	if err != nil {
		t.Fatal(err)
	}
	named, err := passkey.Creation(passkey.RelyingParty{ID: "example.com", Names: true}, owner, challenge, nil)
	if err != nil || !strings.Contains(string(named), `"authenticatorSelection":{"requireResidentKey":false,"residentKey":"discouraged","userVerification":"preferred"}`) {
		t.Errorf("a key that the relying party names: %s, %v", named, err)
	}
	tests := map[string]struct {
		got  []byte
		want map[string]any
	}{
		"creation": {creation, map[string]any{
			"rp": map[string]any{"id": "example.com", "name": "example.com"}, "challenge": text, "timeout": 60000.0, "excludeCredentials": exclude,
			"user":                   map[string]any{"id": "YjE5NDZhYzktMjQ5My00YTBjLThjMGUtM2IwYjFjMGEwMDAx", "name": "alice", "displayName": "alice"},
			"pubKeyCredParams":       []any{map[string]any{"type": "public-key", "alg": -7.0}, map[string]any{"type": "public-key", "alg": -257.0}},
			"authenticatorSelection": map[string]any{"requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"},
		}},
		"request": {request, map[string]any{"challenge": text, "timeout": 180000.0, "rpId": "example.com", "allowCredentials": exclude, "userVerification": "required"}},
	}
	for name, test := range tests {
		var got map[string]any
		if err := json.Unmarshal(test.got, &got); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %s, %v; want %v", name, test.got, err, test.want)
		}
	}
}

func TestPasskeysThatWork(t *testing.T) {
	for name, d := range map[string]*authenticator.Device{
		"ES256": authenticator.New(t, "example.com", origin), "RS256": authenticator.NewRSA(t, "example.com", origin),
		"at the relying party itself": authenticator.New(t, "example.com", "https://example.com"),
		"at another port":             authenticator.New(t, "example.com", "https://example.com:8443"),
	} {
		d.AAGUID = []byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}
		key, err := create(t, d, party)
		if err != nil {
			t.Errorf("%s: create: %v", name, err)
			continue
		}
		if !slices.Equal(key.ID, d.ID) || !slices.Equal(key.Public, d.Public) || key.RP != "example.com" || !slices.Equal(key.AAGUID, d.AAGUID) || key.Attachment != "platform" || !slices.Equal(key.Transports, []string{"internal", "hybrid"}) || key.Name() != "iCloud Keychain" {
			t.Errorf("%s: %+v, %s", name, key, key.Name())
		}
		if err := assert(t, d, party, *key); err != nil {
			t.Errorf("%s: sign: %v", name, errors.Unwrap(err))
		}
	}
}

func TestOriginsOfPasskeys(t *testing.T) {
	related := passkey.RelyingParty{ID: "example.com", Related: []string{"https://other.example.net/callback", "android:apk-key-hash:abc", "http://localhost:3000/cb"}}
	local := passkey.RelyingParty{ID: "localhost"}
	only := passkey.RelyingParty{ID: "example.com", Only: "https://example.com"}
	tests := []struct {
		rp     passkey.RelyingParty
		origin string
		ok     bool
	}{
		{party, "https://a.b.example.com", true},
		{party, "http://example.com", false},
		{party, "https://example.com.evil.example", false},
		{party, "https://evilexample.com", false},
		{party, "https://example.org", false},
		{party, "https://example.com/", false},
		{party, "https://example.com@evil.example", false},
		{party, "https://EXAMPLE.com", false},
		{party, "android:apk-key-hash:abc", false},
		{party, "null", false},
		{party, "", false},
		{party, "https://other.example.net", false},
		{related, "https://other.example.net", true},
		{related, "https://other.example.net:8443", false},
		{related, "https://other.example.net/callback", false},
		{related, "android:apk-key-hash:abc", true},
		{related, "android:apk-key-hash:abd", false},
		{related, "http://localhost:3000", false},
		{local, "http://localhost:3000", true},
		{local, "https://localhost", true},
		{local, "http://app.localhost", true},
		{local, "http://localhost.example.com", false},
		{only, "https://example.com", true},
		{only, "https://app.example.com", false},
		{only, "https://example.com:8443", false},
		{only, "http://example.com", false},
	}
	for _, test := range tests {
		d := authenticator.New(t, test.rp.ID, test.origin)
		_, err := create(t, d, test.rp)
		if (err == nil) != test.ok || err != nil && !errors.Is(err, passkey.ErrOrigin) {
			t.Errorf("%q for %s: %v, want allowed %v", test.origin, test.rp.ID, err, test.ok)
		}
	}
}

// Each wrong thing is refused when a passkey is made, and when it signs.
func TestPasskeysThatAreRefused(t *testing.T) {
	strict := passkey.RelyingParty{ID: "example.com", VerifiesUser: true}
	tests := []struct {
		name    string
		rp      passkey.RelyingParty
		wrong   func(*authenticator.Device)
		created error // nil: it concerns signing alone
		signed  bool  // it concerns signing too
	}{
		{"another challenge", party, func(d *authenticator.Device) { d.Client = map[string]any{"challenge": "AAAA"} }, passkey.ErrChallenge, true},
		{"another ceremony", party, func(d *authenticator.Device) { d.Client = map[string]any{"type": "payment.get"} }, passkey.ErrChallenge, true},
		{"a frame of another site", party, func(d *authenticator.Device) { d.Client = map[string]any{"crossOrigin": true} }, passkey.ErrChallenge, true},
		{"a page above that is not ours", party, func(d *authenticator.Device) { d.Client = map[string]any{"topOrigin": "https://evil.example"} }, passkey.ErrChallenge, true},
		{"another origin", party, func(d *authenticator.Device) { d.Origin = "https://evil.example" }, passkey.ErrOrigin, true},
		{"another relying party", party, func(d *authenticator.Device) { d.RPID = "evil.example" }, passkey.ErrRelyingParty, true},
		{"nobody is present", party, func(d *authenticator.Device) { d.Flags = authenticator.UserVerified }, passkey.ErrUnsupported, true},
		{"the user is not verified", strict, func(d *authenticator.Device) { d.Flags = authenticator.UserPresent }, passkey.ErrUnsupported, true},
		{"an algorithm that was not asked for", party, func(d *authenticator.Device) { d.Public[4] = 0x27 }, passkey.ErrUnsupported, false},
		{"a point that is not on the curve", party, func(d *authenticator.Device) { d.Public[12] ^= 1 }, passkey.ErrUnsupported, false},
		{"the key of somebody else", party, func(d *authenticator.Device) { d.Key = authenticator.New(t, "example.com", origin).Key }, nil, true},
		{"the handle of somebody else", party, func(d *authenticator.Device) { d.Handle = []byte("b1946ac9-2493-4a0c-8c0e-3b0b1c0a0002") }, nil, true},
	}
	for _, test := range tests {
		if test.created != nil {
			d := authenticator.New(t, "example.com", origin)
			test.wrong(d)
			if key, err := create(t, d, test.rp); !errors.Is(err, test.created) {
				t.Errorf("%s: created %v, %v; want %v", test.name, key, err, test.created)
			}
		}
		if !test.signed {
			continue
		}
		d := authenticator.New(t, "example.com", origin)
		key, err := create(t, d, test.rp)
		if err != nil {
			t.Fatal(err)
		}
		if err := assert(t, d, test.rp, *key); err != nil {
			t.Errorf("%s: before: %v", test.name, err)
		}
		test.wrong(d)
		if err := assert(t, d, test.rp, *key); !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%s: signed: %v, want %v", test.name, err, passkey.ErrRefused)
		}
	}
}

// A passkey that was made for another relying party is none of this one, whatever
// the authenticator signs.
func TestPasskeyOfAnotherRelyingParty(t *testing.T) {
	d := authenticator.New(t, "example.com", origin)
	key, err := create(t, d, party)
	if err != nil {
		t.Fatal(err)
	}
	key.RP = "old.example.com"
	if err := assert(t, d, party, *key); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("error %v, want %v", err, passkey.ErrRefused)
	}
}

func TestCounterOfAPasskey(t *testing.T) {
	tests := []struct {
		kept, now uint32
		ok        bool
	}{{0, 0, true}, {0, 1, true}, {7, 8, true}, {7, 7, false}, {7, 6, false}, {7, 0, false}}
	for _, test := range tests {
		d := authenticator.New(t, "example.com", origin)
		key, err := create(t, d, party)
		if err != nil {
			t.Fatal(err)
		}
		key.Counter, d.Counter = test.kept, test.now
		if err := assert(t, d, party, *key); (err == nil) != test.ok || err != nil && !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%d after %d: %v, want accepted %v", test.now, test.kept, err, test.ok)
		}
	}
}

func TestNamesOfPasskeys(t *testing.T) {
	for want, k := range map[string]passkey.Key{"Passkey": {}, "Security key": {Attachment: "cross-platform"}, "Windows Hello": {AAGUID: []byte{0x08, 0x98, 0x70, 0x58, 0xca, 0xdc, 0x4b, 0x81, 0xb6, 0xe1, 0x30, 0xde, 0x50, 0xdc, 0xbe, 0x96}}} {
		if got := k.Name(); got != want {
			t.Errorf("name %q, want %q", got, want)
		}
	}
}

func TestCredentialsThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "x", "{}", "[]", "null", `{"id":"AA","rawId":"AQ","type":"public-key","response":{}}`, `{"id":"AA","rawId":"AA","type":"password","response":{}}`, string(make([]byte, passkey.MaxSize+1))} {
		if _, err := passkey.ReadCreated([]byte(text)); !errors.Is(err, passkey.ErrForm) {
			t.Errorf("created %.40q: %v, want %v", text, err, passkey.ErrForm)
		}
		if _, err := passkey.ReadAsserted([]byte(text)); !errors.Is(err, passkey.ErrForm) {
			t.Errorf("asserted %.40q: %v, want %v", text, err, passkey.ErrForm)
		}
	}
}

// Whatever a browser sends, only what the key has signed is accepted.
func FuzzCredentials(f *testing.F) {
	d := authenticator.New(f, "example.com", origin)
	creation, err := passkey.Creation(party, owner, challenge, nil)
	if err != nil {
		f.Fatal(err)
	}
	made := d.Create(creation)
	created, err := passkey.ReadCreated(made)
	if err != nil {
		f.Fatal(err)
	}
	key, err := created.Check(party, challenge)
	if err != nil {
		f.Fatal(err)
	}
	foreign := []byte("another challenge of 32 bytes...")
	request, err := passkey.Request(party, foreign, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(d.Get(request))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := passkey.ReadCreated(data); err == nil {
			if k, err := c.Check(party, challenge); err == nil && (k.RP != party.ID || len(k.ID) == 0 || len(k.Public) == 0) {
				t.Errorf("accepted %s as %+v", data, k)
			}
		}
		if a, err := passkey.ReadAsserted(data); err == nil && a.Check(party, challenge, *key, owner.Handle) == nil {
			t.Errorf("accepted %s, which the key has not signed for this challenge", data)
		}
	})
}
