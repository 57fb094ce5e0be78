package foreignhash

import (
	"crypto/subtle"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// argonScheme is Argon2, version 1.3. RFC 9106.
type argonScheme struct {
	id             bool   // Argon2id; else Argon2i
	memory, passes uint32 // memory in KiB
	lanes          uint8
}

func newArgon2(id bool, memory, passes, lanes int, salt, sum []byte) (*Hash, error) {
	switch {
	case lanes < 1 || lanes > maxParallel:
		return nil, refused("of Argon2 has the parallelism %d; from 1 to %d are taken", lanes, maxParallel)
	case passes < 1 || passes > maxArgonPasses:
		return nil, refused("of Argon2 has %d passes; from 1 to %d are taken", passes, maxArgonPasses)
	case memory < 8*lanes || memory > maxMemory/1024 || memory*passes > maxArgonWork/1024:
		return nil, refused("of Argon2 needs %d KiB in %d passes; at most %d KiB, and %d KiB in all passes, are taken", memory, passes, maxMemory/1024, maxArgonWork/1024)
	}
	s := argonScheme{id, uint32(memory), uint32(passes), uint8(lanes)}
	return newHash(s, fmt.Sprintf("argon2 %t %d %d %d %d", id, memory, passes, lanes, len(sum)), memory*1024, salt, sum)
}

func (s argonScheme) algorithm() string {
	if s.id {
		return "argon2id"
	}
	return "argon2i"
}

func (s argonScheme) matches(password, salt, sum []byte) (bool, error) {
	derive := argon2.Key
	if s.id {
		derive = argon2.IDKey
	}
	got := derive(password, salt, s.passes, s.memory, s.lanes, uint32(len(sum)))
	return subtle.ConstantTimeCompare(got, sum) == 1, nil
}
