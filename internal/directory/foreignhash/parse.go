package foreignhash

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"gatehouse/internal/base/seal"
)

// form reads one way of writing hashes. It gets the fields between the "$".
type form func(fields []string) (*Hash, error)

// forms are the ways by their first words.
var forms = map[string]form{
	// PHC strings, which begin with "$".
	"$argon2id":      argon2Of(true),
	"$argon2i":       argon2Of(false),
	"$scrypt":        phcScrypt,
	"$pbkdf2":        phcPBKDF2("sha1"),
	"$pbkdf2-sha1":   phcPBKDF2("sha1"),
	"$pbkdf2-sha256": phcPBKDF2("sha256"),
	"$pbkdf2-sha512": phcPBKDF2("sha512"),
	// Django.
	"argon2":        djangoArgon2,
	"scrypt":        djangoScrypt,
	"pbkdf2_sha1":   djangoPBKDF2("sha1"),
	"pbkdf2_sha256": djangoPBKDF2("sha256"),
}

// Parse reads a hash as text: bcrypt ($2b$…), a PHC string ($argon2id$…, $scrypt$…,
// $pbkdf2-sha256$…), or as Django (pbkdf2_sha256$…) and Flask (pbkdf2:sha256:…) keep
// them. ErrHash.
func Parse(text seal.Secret) (*Hash, error) {
	if len(text) > maxText {
		return nil, refused("has more than %d characters", maxText)
	}
	h, err := parse(text.Reveal())
	if err != nil {
		return nil, err
	}
	h.text = text
	return h, nil
}

func parse(text string) (*Hash, error) {
	if rest, ok := strings.CutPrefix(text, "bcrypt_sha256$"); ok {
		return parseBcrypt(rest, true)
	}
	if rest, ok := strings.CutPrefix(text, "bcrypt$"); ok || strings.HasPrefix(text, "$2") {
		return parseBcrypt(rest, false)
	}
	if strings.HasPrefix(text, "scrypt:") || strings.HasPrefix(text, "pbkdf2:") {
		return parseFlask(text)
	}
	phc, first := "", strings.TrimPrefix(text, "$")
	if first != text {
		phc = "$"
	}
	fields := strings.Split(first, "$")
	read := forms[phc+fields[0]]
	if read == nil {
		return nil, refused("is of no kind that is taken: bcrypt, Argon2, scrypt or PBKDF2")
	}
	return read(fields[1:])
}

// unpadded is base64 in PHC strings. Passlib writes "." for "+".
func unpadded(text string) ([]byte, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(strings.ReplaceAll(text, ".", "+"))
	if err != nil {
		return nil, refused("is damaged: its base64 is not valid")
	}
	return b, nil
}

// saltAndSum reads the last two fields of a PHC string.
func saltAndSum(fields []string) (salt, sum []byte, err error) {
	if salt, err = unpadded(fields[0]); err != nil {
		return nil, nil, err
	}
	sum, err = unpadded(fields[1])
	return salt, sum, err
}

// parameters reads "m=65536,t=3,p=4". All of the names must be there; those of maybe
// may be.
func parameters(text string, names ...string) (map[string]int, error) {
	found := map[string]int{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(pair, "=")
		n, err := number(value)
		if err != nil {
			return nil, err
		}
		found[name] = n
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return nil, refused("lacks the parameter %s", name)
		}
	}
	if len(found) > len(names) {
		return nil, refused("has a parameter that is not known")
	}
	return found, nil
}

// number reads a cost. It is bounded here, so that no product of two overflows.
func number(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 30)
	if err != nil {
		return 0, refused("has a cost that is no number")
	}
	return int(n), nil
}

func wantFields(fields []string, n int) error {
	if len(fields) != n {
		return refused("has %d parts, and %d belong to its kind", len(fields)+1, n+1)
	}
	return nil
}

// argon2Of reads v=19, m=…,t=…,p=…, salt, sum.
func argon2Of(id bool) form {
	return func(fields []string) (*Hash, error) {
		if err := wantFields(fields, 4); err != nil {
			return nil, err
		}
		if fields[0] != "v=19" {
			return nil, refused("of Argon2 has another version than 1.3 (v=19)")
		}
		p, err := parameters(fields[1], "m", "t", "p")
		if err != nil {
			return nil, err
		}
		salt, sum, err := saltAndSum(fields[2:])
		if err != nil {
			return nil, err
		}
		return newArgon2(id, p["m"], p["t"], p["p"], salt, sum)
	}
}

// phcScrypt reads ln=16,r=8,p=1, salt, sum.
func phcScrypt(fields []string) (*Hash, error) {
	if err := wantFields(fields, 3); err != nil {
		return nil, err
	}
	p, err := parameters(fields[0], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	salt, sum, err := saltAndSum(fields[1:])
	if err != nil {
		return nil, err
	}
	return newScrypt(1<<min(p["ln"], 30), p["r"], p["p"], salt, sum)
}

// phcPBKDF2 reads i=29000,l=32 or 29000, salt, sum.
func phcPBKDF2(digest string) form {
	return func(fields []string) (*Hash, error) {
		if err := wantFields(fields, 3); err != nil {
			return nil, err
		}
		iterations, err := number(strings.TrimPrefix(strings.Split(fields[0], ",")[0], "i="))
		if err != nil {
			return nil, err
		}
		salt, sum, err := saltAndSum(fields[1:])
		if err != nil {
			return nil, err
		}
		return newPBKDF2(digest, iterations, salt, sum)
	}
}

// djangoArgon2 reads a PHC string behind its name.
func djangoArgon2(fields []string) (*Hash, error) {
	if len(fields) == 0 || fields[0] != "argon2id" && fields[0] != "argon2i" {
		return nil, refused("is of a kind of Argon2 that is not taken: argon2id and argon2i are")
	}
	return argon2Of(fields[0] == "argon2id")(fields[1:])
}

// djangoScrypt reads N, salt, r, p, sum. The salt is text.
func djangoScrypt(fields []string) (*Hash, error) {
	if err := wantFields(fields, 5); err != nil {
		return nil, err
	}
	costs, err := numbers(fields[0], fields[2], fields[3])
	if err != nil {
		return nil, err
	}
	sum, err := padded(fields[4])
	if err != nil {
		return nil, err
	}
	return newScrypt(costs[0], costs[1], costs[2], []byte(fields[1]), sum)
}

// djangoPBKDF2 reads iterations, salt, sum. The salt is text.
func djangoPBKDF2(digest string) form {
	return func(fields []string) (*Hash, error) {
		if err := wantFields(fields, 3); err != nil {
			return nil, err
		}
		iterations, err := number(fields[0])
		if err != nil {
			return nil, err
		}
		sum, err := padded(fields[2])
		if err != nil {
			return nil, err
		}
		return newPBKDF2(digest, iterations, []byte(fields[1]), sum)
	}
}

// parseFlask reads scrypt:32768:8:1$salt$sum and pbkdf2:sha256:600000$salt$sum. The
// salt is text, and the sum hexadecimal.
func parseFlask(text string) (*Hash, error) {
	fields := strings.Split(text, "$")
	if err := wantFields(fields[1:], 2); err != nil {
		return nil, err
	}
	sum, err := hex.DecodeString(fields[2])
	if err != nil {
		return nil, refused("is damaged: its sum is not hexadecimal")
	}
	method := strings.Split(fields[0], ":")
	if method[0] == "pbkdf2" && len(method) == 3 {
		iterations, err := number(method[2])
		if err != nil {
			return nil, err
		}
		return newPBKDF2(method[1], iterations, []byte(fields[1]), sum)
	}
	costs, err := numbers(method[1:]...)
	if err != nil {
		return nil, err
	}
	if method[0] != "scrypt" || len(costs) != 3 {
		return nil, refused("does not say its costs")
	}
	return newScrypt(costs[0], costs[1], costs[2], []byte(fields[1]), sum)
}

func numbers(texts ...string) ([]int, error) {
	var list []int
	for _, text := range texts {
		n, err := number(text)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func padded(text string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, refused("is damaged: its base64 is not valid")
	}
	return b, nil
}
