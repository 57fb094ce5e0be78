package seal

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash returns the SHA-256 of a secret that is long and random: a refresh
// token, a session handle, an API token. A secret that can be guessed needs
// [Sealer.MAC] instead.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// MAC returns 32 bytes by which a short code can be recognised. Without the
// master keys nobody can find the code from them; a plain hash of six digits
// would fall to a million tries. The bytes stay the same across restarts and
// key rotation. The context separates the codes of different users. Compare
// with [crypto/hmac.Equal].
func (s *Sealer) MAC(context, value string) []byte {
	// The length makes ("ab", "c") and ("a", "bc") different.
	input := binary.BigEndian.AppendUint64(nil, uint64(len(context)))
	input = append(input, context...)
	input = append(input, value...)
	mac, err := s.tools.Load().codes.ComputePrimaryPRF(input, sha256.Size)
	if err != nil {
		panic(err) // HKDF fails only for outputs far longer than this one
	}
	return mac
}
