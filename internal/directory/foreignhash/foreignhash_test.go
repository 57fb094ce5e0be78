package foreignhash_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/foreignhash"
)

const right seal.Secret = "Right-Horse-7"

// hashes of right that other programs made: libxcrypt, Python's hashlib, and the
// reference program of Argon2 (whose password is "password").
var hashes = map[string]string{
	"bcrypt 2b":           "$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na",
	"bcrypt 2y":           "$2y$05$......................yPdktxHb1q1XIhLQ3.OnMoLMcUOmGmm",
	"bcrypt 2a":           "$2a$04$......................dKwejF1OEdq3b5Txpfiu4HPiLt9wsH6",
	"Django bcrypt":       "bcrypt$$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na",
	"Django bcrypt SHA":   "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuh9T1TdmFsgWsCJjfLE5P6wkA3YvaEcy",
	"Django PBKDF2":       "pbkdf2_sha256$1000$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I=",
	"Django PBKDF2 SHA-1": "pbkdf2_sha1$1000$seasalt2$Toeitisop7LwLbSioGGhKjV6RDQ=",
	"Django scrypt":       "scrypt$1024$seasalt2$8$1$2X8cIRjA/AjSQ3qvTc5J8T9xReHE1Ap9OL/8t9hhIzd+seQATyRiLr1JwAs838aMBSNZUfP4uCHtRyJjZ9ngkw==",
	"Passlib PBKDF2":      "$pbkdf2$1000$AAECAwQFBgcICQoLDA0ODw$rr8nYYSGeeyX88JWNleblRHeAmo",
	"Passlib SHA-256":     "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4aww",
	"Passlib SHA-512":     "$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw$vTWaT0Y31D7rBE4SBXboeWT527kroraVDuRTCUgxaXXbPlNQiSUMqNEAwIw0PSfZUGSOz4ZWifrKY1GesQONdA",
	"PHC PBKDF2":          "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4aww",
	"PHC scrypt":          "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$elFtGgnCYM/kO1BqBSL0RcNh4S2zmYlm6K3uONJigQw",
	"Flask scrypt":        "scrypt:1024:8:1$seasalt2$d97f1c2118c0fc08d2437aaf4dce49f13f7145e1c4d40a7d38bffcb7d86123377eb1e4004f24622ebd49c00b3cdfc68c05235951f3f8b821ed47226367d9e093",
	"Flask PBKDF2":        "pbkdf2:sha256:1000$seasalt2$05092186825f905b2db167029b1a5568bb5065cf317f9523bdc4359dbe03bf62",
}

const (
	argonPassword seal.Secret = "password"
	argon2id      seal.Secret = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	argon2i       seal.Secret = "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG"
)

// wantMatch checks that a hash is that of the password and of no other, and that its
// blank is that of none.
func wantMatch(t *testing.T, h *foreignhash.Hash, password seal.Secret) {
	t.Helper()
	blank, err := foreignhash.Blank(h.Form())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		h        *foreignhash.Hash
		password seal.Secret
		want     bool
	}{{h, password, true}, {h, password + "!", false}, {h, "", false}, {blank, password, false}} {
		if got, err := tt.h.Matches(tt.password); got != tt.want || err != nil {
			t.Errorf("Matches(%q) = %t, %v, want %t", tt.password.Reveal(), got, err, tt.want)
		}
	}
	if blank.Form() != h.Form() || blank.Memory() != h.Memory() || h.Memory() == 0 {
		t.Errorf("the blank has the form %q and needs %d, want %q and %d", blank.Form(), blank.Memory(), h.Form(), h.Memory())
	}
}

func TestHashesOfOtherPrograms(t *testing.T) {
	for name, text := range hashes {
		t.Run(name, func(t *testing.T) {
			h := mustParse(t, text)
			wantMatch(t, h, right)
			if h.Text().Reveal() != text {
				t.Errorf("Text = %q, want %q", h.Text().Reveal(), text)
			}
		})
	}
	for _, text := range []seal.Secret{argon2id, argon2i, "argon2" + argon2id, "argon2" + argon2i} {
		wantMatch(t, mustParse(t, text.Reveal()), argonPassword)
	}
}

func mustParse(t *testing.T, text string) *foreignhash.Hash {
	t.Helper()
	h, err := foreignhash.Parse(seal.Secret(text))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return h
}

// bcrypt knows the first 72 bytes of a password, and so did the system that made the
// hash.
func TestLongPasswordsOfBcrypt(t *testing.T) {
	h := mustParse(t, "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i")
	if ok, err := h.Matches(seal.Secret(strings.Repeat("x", 80))); !ok || err != nil {
		t.Errorf("80 characters: %t, %v, want a match", ok, err)
	}
	if ok, _ := h.Matches(seal.Secret(strings.Repeat("x", 71))); ok {
		t.Error("71 characters match a hash of 80")
	}
}

func TestHashesOfKeycloakAndAuth0(t *testing.T) {
	const salt = `"salt":"AAECAwQFBgcICQoLDA0ODw=="`
	for _, k := range []struct {
		foreignhash.Keycloak
		password seal.Secret
	}{
		{foreignhash.Keycloak{CredentialData: `{"hashIterations":1000,"algorithm":"pbkdf2-sha256","additionalParameters":{}}`, SecretData: `{"value":"vPX9JkhRgRP7btnkld4njR6L9jJk71xXQguUIVX4awzxN3hFXl2DXzSJ8PmFMCk8I73QDEI92c0bT3U0MXisDw==",` + salt + `,"additionalParameters":{}}`}, right},
		{foreignhash.Keycloak{CredentialData: `{"hashIterations":1000,"algorithm":"pbkdf2-sha512"}`, SecretData: `{"value":"vTWaT0Y31D7rBE4SBXboeWT527kroraVDuRTCUgxaXXbPlNQiSUMqNEAwIw0PSfZUGSOz4ZWifrKY1GesQONdA==",` + salt + `}`}, right},
		{foreignhash.Keycloak{CredentialData: `{"hashIterations":2,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["65536"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}`, SecretData: `{"value":"CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=","salt":"c29tZXNhbHQ="}`}, argonPassword},
	} {
		h, err := foreignhash.FromKeycloak(k.Keycloak)
		if err != nil {
			t.Errorf("%s: %v", k.CredentialData.Reveal(), err)
			continue
		}
		wantMatch(t, h, k.password)
		wantMatch(t, mustParse(t, h.Text().Reveal()), k.password)
	}
	var scrypt, bcrypt foreignhash.Auth0
	scrypt.Algorithm, scrypt.KeySize, scrypt.Cost, scrypt.BlockSize, scrypt.Parallelism = "scrypt", 64, 1024, 8, 1
	scrypt.Hash.Value, scrypt.Hash.Encoding = "0677909cad34532dc28ba1bc249f8a95563ac7f28f4aad83aecc5ab0cfec95169fccb8310683b49e9d48dfc5fe919efb0fb9d43dd1550fbc213a678277e18d0a", "hex"
	scrypt.Salt.Value, scrypt.Salt.Encoding = "AAECAwQFBgcICQoLDA0ODw==", "base64"
	bcrypt.Algorithm, bcrypt.Hash.Value = "bcrypt", seal.Secret(hashes["bcrypt 2b"])
	for _, a := range []foreignhash.Auth0{scrypt, bcrypt} {
		h, err := foreignhash.FromAuth0(a)
		if err != nil {
			t.Fatalf("%s: %v", a.Algorithm, err)
		}
		wantMatch(t, h, right)
	}
	bcrypt.Algorithm = "argon2"
	cost := scrypt
	cost.Cost = 1000
	size := scrypt
	size.KeySize = 32
	for _, a := range []foreignhash.Auth0{bcrypt, cost, size, {Algorithm: "md5"}, {Algorithm: "sha256"}, {Algorithm: "scrypt", Cost: 1024}, {}} {
		if h, err := foreignhash.FromAuth0(a); !errors.Is(err, foreignhash.ErrHash) {
			t.Errorf("%+v: %v, %v, want %v", a, h, err, foreignhash.ErrHash)
		}
	}
}

// What a hash may cost is decided when it is read, and so is whether it is one.
func TestRefusedHashes(t *testing.T) {
	const sum = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	for _, text := range []string{
		"", "$", "$$$$", "right-horse", "5f4dcc3b5aa765d61d8327deb882cf99", "{SSHA}AAECAwQFBgcICQoLDA0ODw==", "$1$salt$sum", "$6$salt$sum",
		"$2b$15$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na", // costs
		"$2b$31$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na",
		"$2b$03$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na",
		"$2x$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1na", // a faulty version
		"$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1n",
		"$2b$04$abcdefghijklmnopqrstuuuVjXUoGhLtiRo9YOL6G5n8Br1iF/1n=",
		"bcrypt_sha256$", "bcrypt$",
		"$argon2id$v=19$m=262145,t=1,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=262144,t=5,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=1073741823,t=1073741823,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=64,t=17,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=64,t=0,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=64,t=1,p=0$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=1024,t=1,p=256$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=7,t=1,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=16$m=64,t=1,p=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=64,t=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1,keyid=1$AAECAwQFBgc$" + sum,
		"$argon2id$v=19$m=-64,t=1,p=1$AAECAwQFBgc$" + sum,
		"$argon2d$v=19$m=64,t=1,p=1$AAECAwQFBgc$" + sum,
		"argon2$argon2d$v=19$m=64,t=1,p=1$AAECAwQFBgc$" + sum,
		"argon2", "argon2$", "$argon2id", "$argon2id$v=19",
		"$argon2id$v=19$m=64,t=1,p=1$$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgc$AAEC",
		"$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgc$" + sum + "=",
		"$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgc$" + sum + "$more",
		"$scrypt$ln=19,r=8,p=1$AAECAwQFBgc$" + sum,
		"$scrypt$ln=18,r=8,p=8$AAECAwQFBgc$" + sum,
		"$scrypt$ln=10,r=1073741823,p=1$AAECAwQFBgc$" + sum,
		"$scrypt$ln=1,r=1048576,p=2$AAECAwQFBgc$" + sum, // little work for N, and 256 MiB beside it
		"$scrypt$ln=8,r=4097,p=1$AAECAwQFBgc$" + sum,
		"scrypt$2$seasalt2$262144$8$AAECAwQFBgcICQoLDA0ODw==",
		"scrypt:2:262144:8$seasalt2$d97f1c2118c0fc08d2437aaf4dce49f1",
		"$scrypt$ln=63,r=8,p=1$AAECAwQFBgc$" + sum,
		"$scrypt$ln=0,r=8,p=1$AAECAwQFBgc$" + sum,
		"$scrypt$ln=10,r=8,p=17$AAECAwQFBgc$" + sum,
		"scrypt$1000$seasalt2$8$1$AAECAwQFBgcICQoLDA0ODw==",
		"scrypt$1024$$8$1$AAECAwQFBgcICQoLDA0ODw==",
		"scrypt:1024:8$seasalt2$d97f1c2118c0fc08d2437aaf4dce49f1",
		"scrypt:1024:8:1$seasalt2$xyz",
		"pbkdf2:md5:1000$seasalt2$d97f1c2118c0fc08d2437aaf4dce49f1",
		"pbkdf2:sha256$seasalt2$d97f1c2118c0fc08d2437aaf4dce49f1",
		"pbkdf2_sha256$2000001$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I=",
		"pbkdf2_sha256$99999999999999999999$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I=",
		"pbkdf2_sha256$0$seasalt2$BQkhhoJfkFstsWcCmxpVaLtQZc8xf5UjvcQ1nb4Dv2I=",
		"$pbkdf2$2000000$AAECAwQFBgc$" + sum + sum + sum, // each block of the digest costs all iterations
		"$pbkdf2-sha384$1000$AAECAwQFBgc$" + sum,
		"$pbkdf2-sha256$1000$AAECAwQFBgc",
		"$pbkdf2-sha256$1000$" + strings.Repeat("AAAA", 200) + "$" + sum,
		"$pbkdf2-sha256$1000$AAECAwQFBgc$" + strings.Repeat("AAAA", 400),
	} {
		if h, err := foreignhash.Parse(seal.Secret(text)); !errors.Is(err, foreignhash.ErrHash) {
			t.Errorf("Parse(%q) = %v, %v, want %v", text, h, err, foreignhash.ErrHash)
		}
	}
}

func TestBlanksOfNoForm(t *testing.T) {
	for _, form := range []string{"", "md5", "bcrypt", "bcrypt 31 false", "bcrypt x", "argon2 true 1 1", "argon2 true 9999999 1 1 32", "scrypt 3 8 1 32", "scrypt 1024 8", "pbkdf2 sha256 1000", "pbkdf2 md5 1000 32", "pbkdf2 sha256 1000 99999999", "pbkdf2 sha256 1000 -1"} {
		if h, err := foreignhash.Blank(form); !errors.Is(err, foreignhash.ErrHash) {
			t.Errorf("Blank(%q) = %v, %v, want %v", form, h, err, foreignhash.ErrHash)
		}
	}
}

// What is read can be checked, within the limits, and is read again from its text.
func FuzzParse(f *testing.F) {
	for _, text := range hashes {
		f.Add(text)
	}
	f.Add(argon2id.Reveal())
	f.Fuzz(func(t *testing.T, text string) {
		h, err := foreignhash.Parse(seal.Secret(text))
		if err != nil {
			if !errors.Is(err, foreignhash.ErrHash) {
				t.Errorf("Parse(%q): %v, want %v", text, err, foreignhash.ErrHash)
			}
			return
		}
		again, err := foreignhash.Parse(h.Text())
		if err != nil || again.Form() != h.Form() || h.Memory() > 256<<20 {
			t.Errorf("Parse(%q) has the form %q, and then %v, %v", text, h.Form(), again, err)
		}
	})
}
