package foreignhash

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/crypto/bcrypt"

	"gatehouse/internal/base/pattern"
)

// bcryptScheme is bcrypt. With hashed, the password is hashed with SHA-256 first, in
// hexadecimal, as Django does.
type bcryptScheme struct {
	cost   int
	hashed bool
}

// bcryptBase64 is base64 as bcrypt has it.
var bcryptBase64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// bcryptText is a hash: version, cost, 16 bytes of salt, 23 bytes of sum. The
// version x is that of a faulty program.
var bcryptText = pattern.New(`^\$2[aby]?\$([0-9]{2})\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$`)

func parseBcrypt(text string, hashed bool) (*Hash, error) {
	parts := bcryptText.FindStringSubmatch(text)
	if parts == nil {
		return nil, refused("is none of bcrypt")
	}
	cost, _ := strconv.Atoi(parts[1])
	salt, saltErr := bcryptBase64.DecodeString(parts[2])
	sum, sumErr := bcryptBase64.DecodeString(parts[3])
	if saltErr != nil || sumErr != nil {
		return nil, refused("is none of bcrypt")
	}
	return newBcrypt(cost, hashed, salt, sum)
}

// bcryptSum is how many bytes of a sum bcrypt keeps.
const bcryptSum = 23

func newBcrypt(cost int, hashed bool, salt, sum []byte) (*Hash, error) {
	if cost < bcrypt.MinCost || cost > maxBcryptCost {
		return nil, refused("of bcrypt has the cost %d; from %d to %d are taken", cost, bcrypt.MinCost, maxBcryptCost)
	}
	return newHash(bcryptScheme{cost, hashed}, fmt.Sprintf("bcrypt %d %t", cost, hashed), 8<<10, salt, sum)
}

func (bcryptScheme) algorithm() string { return "bcrypt" }

func (s bcryptScheme) matches(password, salt, sum []byte) (bool, error) {
	if s.hashed {
		digest := sha256.Sum256(password)
		password = hex.AppendEncode(nil, digest[:])
	}
	text := fmt.Appendf(nil, "$2b$%02d$%s%s", s.cost, bcryptBase64.EncodeToString(salt), bcryptBase64.EncodeToString(sum))
	err := bcrypt.CompareHashAndPassword(text, password)
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}
