package srp_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/srp"
)

const primeHex = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

var (
	block = []byte("sealed state")
	now   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
)

func verifier(t testing.TB, password string) srp.Verifier {
	t.Helper()
	v, err := srp.NewVerifier("pool", "alice", password)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// exchange runs a proof of password by a client against v.
func exchange(t testing.TB, v srp.Verifier, password string) (*srp.Server, srp.Claim) {
	t.Helper()
	client := &srp.Client{PoolName: "pool", UserID: "alice", Password: password}
	A, err := client.SRPA()
	if err != nil {
		t.Fatal(err)
	}
	server, err := srp.NewServer(v, A)
	if err != nil {
		t.Fatal(err)
	}
	claim, err := client.Prove(v.SaltHex(), server.SRPB(), block, now)
	if err != nil {
		t.Fatal(err)
	}
	return server, claim
}

func TestTheRightPasswordIsProved(t *testing.T) {
	for range 5 {
		v := verifier(t, "right")
		server, claim := exchange(t, v, "right")
		if !server.Verify(v, claim) {
			t.Fatal("the right password is refused")
		}
	}
}

func TestAFalseClaimIsRefused(t *testing.T) {
	v := verifier(t, "right")
	server, good := exchange(t, v, "right")
	_, other := exchange(t, v, "right")
	_, wrong := exchange(t, v, "wrong")
	change := func(f func(*srp.Claim)) srp.Claim {
		c := good
		f(&c)
		return c
	}
	tests := []struct {
		name  string
		claim srp.Claim
	}{
		{"wrong password", wrong},
		{"claim of another exchange", other},
		{"other user", change(func(c *srp.Claim) { c.UserID = "bob" })},
		{"other pool", change(func(c *srp.Claim) { c.PoolName = "puddle" })},
		{"other block", change(func(c *srp.Claim) { c.SecretBlock = []byte("x") })},
		{"other time", change(func(c *srp.Claim) { c.Timestamp = srp.FormatTimestamp(now.Add(time.Second)) })},
		{"no signature", change(func(c *srp.Claim) { c.Signature = "" })},
		{"cut signature", change(func(c *srp.Claim) { c.Signature = c.Signature[:20] })},
		{"no base64", change(func(c *srp.Claim) { c.Signature = "!" })},
	}
	for _, tt := range tests {
		if server.Verify(v, tt.claim) {
			t.Errorf("%s: accepted", tt.name)
		}
	}
	if !server.Verify(v, good) {
		t.Error("the unchanged claim is refused")
	}
}

func TestAWeakVerifierIsRefused(t *testing.T) {
	v := verifier(t, "right")
	server, claim := exchange(t, v, "right")
	for _, n := range [][]byte{nil, {}, {0}, {1}, make([]byte, 384)} {
		hollow := srp.Verifier{Salt: v.Salt, V: n}
		if _, err := srp.NewServer(hollow, "2"); !errors.Is(err, srp.ErrInvalidVerifier) {
			t.Errorf("NewServer with v = %x: error = %v, want %v", n, err, srp.ErrInvalidVerifier)
		}
		forged := claim
		forged.Signature = server.Signature(hollow, claim) // what follows from S without a password
		if server.Verify(hollow, forged) {
			t.Errorf("v = %x: a claim without a password is accepted", n)
		}
		if hollow.Check("pool", "alice", "") {
			t.Errorf("v = %x: Check accepts", n)
		}
	}
}

func TestCheck(t *testing.T) {
	v := verifier(t, "right")
	tests := []struct {
		pool, user, password string
		want                 bool
	}{
		{"pool", "alice", "right", true},
		{"pool", "alice", "Right", false},
		{"pool", "alice", "", false},
		{"pool", "bob", "right", false},
		{"puddle", "alice", "right", false},
	}
	for _, tt := range tests {
		if got := v.Check(tt.pool, tt.user, tt.password); got != tt.want {
			t.Errorf("Check(%q, %q, %q) = %v, want %v", tt.pool, tt.user, tt.password, got, tt.want)
		}
	}
}

func TestEqualPasswordsHaveDifferentVerifiers(t *testing.T) {
	a, b := verifier(t, "same"), verifier(t, "same")
	if bytes.Equal(a.Salt, b.Salt) || bytes.Equal(a.V, b.V) {
		t.Error("two users with one password have one verifier")
	}
	if len(a.Salt) != 16 || a.Salt[0] == 0 || len(a.V) != 384 {
		t.Errorf("salt of %d bytes beginning with %d, v of %d bytes", len(a.Salt), a.Salt[0], len(a.V))
	}
}

func TestInvalidAIsRefused(t *testing.T) {
	n, _ := new(big.Int).SetString(primeHex, 16)
	plus := func(d int64) string { return new(big.Int).Add(n, big.NewInt(d)).Text(16) }
	v := verifier(t, "right")
	tests := []struct {
		name, a string
		ok      bool
	}{
		{"nothing", "", false}, {"zero", "0", false}, {"zeros", strings.Repeat("0", 768), false},
		{"N", primeHex, false}, {"2N", new(big.Int).Lsh(n, 1).Text(16), false}, {"N+1", plus(1), false},
		{"minus", "-5", false}, {"plus", "+5", false}, {"prefix", "0x5", false}, {"blank", " 5", false},
		{"underscore", "5_5", false}, {"newline", "55\n", false}, {"letters", "xyz", false},
		{"endless zeros", strings.Repeat("0", 1<<20) + "5", false},
		{"odd count", "abc", true}, {"leading zeros", "000abc", true}, {"upper case", "ABC", true}, {"N-1", plus(-1), true},
	}
	for _, tt := range tests {
		_, err := srp.NewServer(v, tt.a)
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, srp.ErrInvalidA) {
			t.Errorf("%s: error = %v, want accepted = %v", tt.name, err, tt.ok)
		}
	}
}

func TestStateRoundTrip(t *testing.T) {
	v := verifier(t, "right")
	server, claim := exchange(t, v, "right")
	state, err := server.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var again srp.Server
	if err := again.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if again.SRPB() != server.SRPB() || !again.Verify(v, claim) {
		t.Error("the restored server differs")
	}
	for _, bad := range [][]byte{nil, state[1:], append(bytes.Clone(state), 0), make([]byte, len(state)), bytes.Repeat([]byte{0xff}, len(state))} {
		if err := new(srp.Server).UnmarshalBinary(bad); err == nil {
			t.Errorf("a state of %d bytes beginning %.4x is accepted", len(bad), bad)
		}
	}
}

func TestParseVerifier(t *testing.T) {
	v := verifier(t, "right")
	padded, err := srp.ParseVerifier(append([]byte{0}, v.Salt...), append([]byte{0}, v.V...))
	if err != nil || !padded.Check("pool", "alice", "right") {
		t.Errorf("padded: %v", err)
	}
	n, _ := new(big.Int).SetString(primeHex, 16)
	last := new(big.Int).Sub(n, big.NewInt(1)).Bytes()
	tests := []struct {
		name    string
		salt, v []byte
	}{
		{"no salt", nil, v.V}, {"zero salt", make([]byte, 16), v.V}, {"long salt", bytes.Repeat([]byte{1}, 65), v.V},
		{"no v", v.Salt, nil}, {"0", v.Salt, make([]byte, 384)}, {"1", v.Salt, []byte{1}}, {"N-1", v.Salt, last},
		{"N", v.Salt, n.Bytes()}, {"too long", v.Salt, bytes.Repeat([]byte{1}, 390)},
	}
	for _, tt := range tests {
		if _, err := srp.ParseVerifier(tt.salt, tt.v); !errors.Is(err, srp.ErrInvalidVerifier) {
			t.Errorf("%s: error = %v, want %v", tt.name, err, srp.ErrInvalidVerifier)
		}
	}
}

func TestAUserWhoDoesNotExistLooksReal(t *testing.T) {
	key := []byte("server secret")
	fake := srp.FakeVerifier(key, "pool", "nobody")
	again := srp.FakeVerifier(key, "pool", "nobody")
	if !bytes.Equal(fake.Salt, again.Salt) || !bytes.Equal(fake.V, again.V) {
		t.Error("asking twice gives two salts")
	}
	real := verifier(t, "right")
	if len(fake.Salt) != len(real.Salt) || len(fake.V) != len(real.V) {
		t.Errorf("salt and v of %d and %d bytes, real ones have %d and %d", len(fake.Salt), len(fake.V), len(real.Salt), len(real.V))
	}
	for name, other := range map[string]srp.Verifier{
		"user": srp.FakeVerifier(key, "pool", "somebody"), "pool": srp.FakeVerifier(key, "puddle", "nobody"),
		"boundary": srp.FakeVerifier(key, "pooln", "obody"), "key": srp.FakeVerifier([]byte("other"), "pool", "nobody"),
	} {
		if bytes.Equal(fake.Salt, other.Salt) {
			t.Errorf("another %s has the same salt", name)
		}
	}
	server, claim := exchange(t, fake, "right")
	if server.Verify(fake, claim) || fake.Check("pool", "alice", "right") {
		t.Error("a password fits a user who does not exist")
	}
	for i := range 2000 {
		if v := srp.FakeVerifier(key, "pool", fmt.Sprint(i)); v.Salt[0] == 0 {
			t.Fatalf("the salt of user %d begins with 0", i)
		}
	}
}

func TestFakeUserID(t *testing.T) {
	id := srp.FakeUserID([]byte("k"), "pool", "nobody")
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("FakeUserID = %s, want a version 4 UUID", id)
	}
	if again := srp.FakeUserID([]byte("k"), "pool", "nobody"); again != id {
		t.Errorf("FakeUserID = %s, then %s", id, again)
	}
	if other := srp.FakeUserID([]byte("k"), "pool", "somebody"); other == id {
		t.Errorf("two users have the id %s", id)
	}
}

func TestNothingSecretPrints(t *testing.T) {
	v := verifier(t, "right")
	server, _ := exchange(t, v, "right")
	var out bytes.Buffer
	for _, x := range []any{v, &v, server, []srp.Verifier{v}} {
		fmt.Fprintf(&out, "%v %+v %#v %x %d", x, x, x, x, x)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "x", x)
	}
	if got := out.String(); strings.Contains(got, v.SaltHex()) || !strings.Contains(got, "[redacted]") {
		t.Errorf("output: %s", got)
	}
}
