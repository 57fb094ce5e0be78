package seal

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash returns the SHA-256 of a secret that is long and random: a refresh
// token, a session handle, an API token. What can be guessed needs
// [Sealer.MAC].
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// MAC returns 32 bytes that tell a short code again and that nobody without
// the master keys can find the code from: a plain hash of six digits falls to
// a million tries. It is the same across restarts and key rotation. The
// context keeps one user's codes apart from another's; compare with
// [crypto/hmac.Equal].
func (s *Sealer) MAC(context, value string) []byte {
	// The length keeps ("ab", "c") and ("a", "bc") apart.
	input := binary.BigEndian.AppendUint64(nil, uint64(len(context)))
	input = append(input, context...)
	input = append(input, value...)
	mac, err := s.tools.Load().codes.ComputePrimaryPRF(input, sha256.Size)
	if err != nil {
		panic(err) // HKDF fails only for outputs far longer than this one
	}
	return mac
}
