package srp

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
)

// vector is a whole exchange with known secrets, for a user or a device.
type vector struct {
	name, poolName, userID, password, salt string

	x, hashV, key, signature string
}

const vectorTime = "Tue May 7 00:09:40 UTC 2025"

var vectors = []vector{
	{
		name: "user", poolName: "Abc123XyZ", userID: "alice", password: "Passw0rd!",
		salt:      "a244c038c0fd9192b9b5538344ce41ab",
		x:         "f910c7179b68f37dc8bb15205d1b3e0195fd0f7196074699e27735451dfb3fc4",
		hashV:     "8a6b2156676e549275059dbc5c5c40814db54857536c2bda323358671e33d52a",
		key:       "10f81dd5e4aa579133bbf5564649f75d",
		signature: "kzau5DDb3lNN26uU8Y3UhgBNnFt6oB/ZXv7EsKZThJo=",
	},
	{
		name: "device", poolName: "-v7w9UcY6", userID: "us-east-1_0a1b2c3d-0000-4000-8000-000000000001",
		password: "ZGV2aWNlLXBhc3N3b3Jk", salt: "000102030405060708090a0b0c0d0e0f",
		x:         "331ffd27ac1c2093aaf9052ec16ef686755b26cc59296bc3b0069e66620c7235",
		hashV:     "d4a8c1ef42f04fef514ee251e803c314ee58138f39b31d2d50d87a505bc6cade",
		key:       "e9b54c738774a3c732d7a4977e27fb54",
		signature: "YJXNUbbmynMrFNyfh1msCDPqqCxlaO2KlNqllvMjqMo=",
	},
}

// counting returns the bytes 01…80, or 80…01.
func counting(down bool) *big.Int {
	b := make([]byte, 128)
	for i := range b {
		b[i] = byte(i + 1)
		if down {
			b[i] = byte(128 - i)
		}
	}
	return new(big.Int).SetBytes(b)
}

func number(t *testing.T, digits string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(digits, 16)
	if !ok {
		t.Fatalf("%q is not hexadecimal", digits)
	}
	return n
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %s, want %s", what, got, want)
	}
}

func TestMultiplier(t *testing.T) {
	check(t, "k", multiplier.Text(16), "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6")
}

func TestVectors(t *testing.T) {
	for _, tt := range vectors {
		t.Run(tt.name, func(t *testing.T) {
			salt := number(t, tt.salt)
			check(t, "x", privateKey(salt, tt.poolName, tt.userID, tt.password).Text(16), tt.x)
			v := VerifierOf(salt.Bytes(), tt.poolName, tt.userID, tt.password)
			check(t, "sha256(PAD(v))", hexHash(pad(v.value())), tt.hashV)
			if !v.Check(tt.poolName, tt.userID, tt.password) {
				t.Error("the password does not fit its verifier")
			}

			client := &Client{PoolName: tt.poolName, UserID: tt.userID, Password: tt.password, a: counting(false)}
			A, err := parseA(mustSRPA(t, client))
			if err != nil {
				t.Fatal(err)
			}
			server := answer(v, A, counting(true))
			check(t, "key", hex.EncodeToString(server.key(v)), tt.key)
			claim, err := client.proveAt(tt.salt, server.SRPB(), []byte("secret-block"), vectorTime)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "the client's signature", claim.Signature, tt.signature)
			check(t, "the server's signature", server.Signature(v, claim), tt.signature)
			if !server.Verify(v, claim) {
				t.Error("the claim is refused")
			}
		})
	}
}

func TestVectorIntermediates(t *testing.T) {
	tt := vectors[0]
	v := VerifierOf(number(t, tt.salt).Bytes(), tt.poolName, tt.userID, tt.password)
	server := answer(v, power(counting(false)), counting(true))
	A, B := server.a.Text(16), server.SRPB()
	check(t, "A's first digits", A[:32], "ce00119aff3d209146734fd8a5754ea0")
	check(t, "A's last digits", A[len(A)-16:], "93a6d3b47f9ea1ee")
	check(t, "B's first digits", B[:32], "fd593db5016d9c85d8d6658137a67e09")
	check(t, "B's last digits", B[len(B)-16:], "aa09bcd5b7e175d4")
	u := scrambler(server.a, server.pub)
	check(t, "u", u.Text(16), "18ba26b66e40d0d8c8ebf9bc5fab012dd0fd0f1c0b784c8febb3ee63693ba959")
	S := new(big.Int).Exp(v.value(), u, prime)
	S.Mul(S, server.a).Exp(S, server.b, prime)
	check(t, "sha256(PAD(S))", hexHash(pad(S)), "029e3f89747299128f26d8677827172d6f37b0a71f6731fbc99580e16e2cc70b")
}

func TestPad(t *testing.T) {
	tests := []struct{ digits, want string }{
		{"0", "00"}, {"1", "01"}, {"7f", "7f"}, {"80", "0080"}, {"ff", "00ff"}, {"100", "0100"}, {"8000", "008000"},
	}
	for _, tt := range tests {
		check(t, "pad("+tt.digits+")", hex.EncodeToString(pad(number(t, tt.digits))), tt.want)
	}
}

func TestPowerAgreesWithMathBig(t *testing.T) {
	exponents := []string{"0", "1", "2", "f", "10", "ff", strings.Repeat("f", 64), "1" + strings.Repeat("0", 63), "1" + strings.Repeat("0", 64), strings.Repeat("f", 65)}
	for _, x := range vectors {
		exponents = append(exponents, x.x, x.hashV)
	}
	for _, digits := range exponents {
		e := number(t, digits)
		if got, want := power(e), new(big.Int).Exp(generator, e, prime); got.Cmp(want) != 0 {
			t.Errorf("g^%s = %x, want %x", digits, got, want)
		}
	}
}

func FuzzMultiply(f *testing.F) {
	f.Add([]byte{1}, []byte{2})
	f.Add(prime.Bytes(), prime.Bytes())
	f.Add(new(big.Int).Sub(prime, big.NewInt(1)).Bytes(), new(big.Int).Sub(prime, big.NewInt(2)).Bytes())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, y := new(big.Int).SetBytes(a), new(big.Int).SetBytes(b)
		x.Mod(x, prime)
		y.Mod(y, prime)
		ex, ey := toMontgomery(x), toMontgomery(y)
		var z element
		z.multiply(&ex, &ey)
		want := new(big.Int).Mul(x, y)
		want.Mod(want, prime)
		if got := z.toInt(); got.Cmp(want) != 0 {
			t.Errorf("%x · %x = %x, want %x", x, y, got, want)
		}
	})
}

func mustSRPA(t testing.TB, c *Client) string {
	t.Helper()
	A, err := c.SRPA()
	if err != nil {
		t.Fatal(err)
	}
	return A
}
