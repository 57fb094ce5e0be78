package route

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ID returns the stable id of a route: a hash of what makes it that route.
// target is its upstream URLs in order, or its redirect or response printed.
func ID(from From, prefix, path, regex string, target ...string) string {
	h := sha256.New()
	for _, part := range append([]string{from.String(), prefix, path, regex}, target...) {
		// The length keeps "a","bc" apart from "ab","c".
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
