package srp

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Client is the client's half of one proof. Tests and benchmarks sign in with it.
type Client struct {
	PoolName string // or the group key of a device
	UserID   string // USER_ID_FOR_SRP; may be set after SRPA, from the challenge
	Password string

	a *big.Int
}

// SRPA returns SRP_A. The first call draws the ephemeral secret.
func (c *Client) SRPA() (string, error) {
	if c.a == nil {
		a := make([]byte, 128)
		if _, err := rand.Read(a); err != nil {
			return "", fmt.Errorf("make a: %w", err)
		}
		c.a = new(big.Int).SetBytes(a)
	}
	return c.public().Text(16), nil
}

func (c *Client) public() *big.Int { return power(c.a) }

// Prove answers a challenge. saltHex and srpB are SALT and SRP_B; secretBlock is
// the decoded SECRET_BLOCK.
func (c *Client) Prove(saltHex, srpB string, secretBlock []byte, now time.Time) (Claim, error) {
	return c.proveAt(saltHex, srpB, secretBlock, FormatTimestamp(now))
}

func (c *Client) proveAt(saltHex, srpB string, secretBlock []byte, timestamp string) (Claim, error) {
	salt, saltOK := new(big.Int).SetString(saltHex, 16)
	B, bOK := new(big.Int).SetString(srpB, 16)
	if c.a == nil || !saltOK || !bOK || !inGroup(B) {
		return Claim{}, errors.New("srp: SRPA was not called, or the challenge is not valid")
	}
	claim := Claim{PoolName: c.PoolName, UserID: c.UserID, SecretBlock: secretBlock, Timestamp: timestamp}
	signature := sign(c.key(salt, B), c.PoolName, c.UserID, secretBlock, timestamp)
	claim.Signature = base64.StdEncoding.EncodeToString(signature)
	return claim, nil
}

// key derives the shared key from S = (B − k·g^x)^(a + u·x).
func (c *Client) key(salt, B *big.Int) []byte {
	u := scrambler(c.public(), B)
	x := privateKey(salt, c.PoolName, c.UserID, c.Password)
	base := new(big.Int).Mul(multiplier, power(x))
	base.Sub(B, base).Mod(base, prime)
	exponent := new(big.Int).Mul(u, x)
	exponent.Add(exponent, c.a)
	return derivedKey(base.Exp(base, exponent, prime), u)
}
