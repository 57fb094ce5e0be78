package token

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// The text of a refresh token. The first token of a grant is the handle alone:
//
//	handle                                 43 characters, random
//	handle  generation (4 bytes)  MAC      91 characters, for the later ones
//
// So the store recognises every token of a grant by one hash, and the engine
// tells a used token from a forged one without a row for each.
const (
	handleLength     = 43
	laterLength      = handleLength + 48
	generationLength = 4
)

// refreshToken is a refresh token that was read.
type refreshToken struct {
	handle     seal.Secret
	generation int // 0: the first of its grant
}

// newRefreshToken makes the first refresh token of g and sets its hash in g.
func newRefreshToken(g *Grant) seal.Secret {
	handle := seal.Secret(ids.Token())
	g.RefreshHash = seal.Hash(handle.Reveal())
	return handle
}

// refreshText returns the token as the client gets it.
func (e *Engine) refreshText(t refreshToken) seal.Secret {
	if t.generation == 0 {
		return t.handle
	}
	tail := binary.BigEndian.AppendUint32(nil, uint32(t.generation))
	tail = append(tail, e.refreshMAC(t)...)
	return t.handle + seal.Secret(base64.RawURLEncoding.EncodeToString(tail))
}

// readRefreshToken reads a refresh token. ok is false for a later token that this
// installation did not make. Whether the handle belongs to a grant is for the
// store to say.
func (e *Engine) readRefreshToken(raw seal.Secret) (t refreshToken, ok bool) {
	if len(raw) != laterLength {
		return refreshToken{handle: raw}, true
	}
	tail, err := strictBase64.DecodeString(raw.Reveal()[handleLength:])
	if err != nil || len(tail) <= generationLength {
		return t, false
	}
	t = refreshToken{raw[:handleLength], int(binary.BigEndian.Uint32(tail))}
	return t, t.generation > 0 && hmac.Equal(tail[generationLength:], e.refreshMAC(t))
}

func (e *Engine) refreshMAC(t refreshToken) []byte {
	return e.Sealer.MAC("refresh-token", t.handle.Reveal()+"."+strconv.Itoa(t.generation))
}

// maxRecent limits how many replaced refresh tokens of a grant are remembered for
// their grace period.
const maxRecent = 64

// rotate makes the generation after used of g's refresh token the valid one. The
// replaced token stays usable for grace.
func (g *Grant) rotate(used int, now time.Time, grace time.Duration) {
	if used > g.Generation {
		g.Rotated = nil // it has the generations just before the valid one
	}
	g.Generation = used + 1
	g.Rotated = append(g.Rotated, now)
	g.Rotated = slices.DeleteFunc(g.Rotated, func(t time.Time) bool { return !now.Before(t.Add(grace)) })
	g.Rotated = g.Rotated[max(0, len(g.Rotated)-maxRecent):]
}

// accepts reports whether the refresh token of a generation may be used: it is
// the valid one, or it was replaced less than grace ago. A token that we made and
// that g does not know yet is valid, too: the database was restored from a backup,
// or lost its last writes in a failover.
func (g *Grant) accepts(generation int, now time.Time, grace time.Duration) bool {
	i := len(g.Rotated) - (g.Generation - generation)
	switch {
	case generation >= g.Generation:
		return true
	case i < 0:
		return false
	}
	return now.Before(g.Rotated[i].Add(grace))
}
