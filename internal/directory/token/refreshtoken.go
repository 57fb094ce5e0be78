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

// rotate makes the next generation of g's refresh token the valid one. The
// replaced token stays usable for grace.
func (g *Grant) rotate(now time.Time, grace time.Duration) {
	g.Generation++
	g.Rotated = append(g.Rotated, now)
	g.Rotated = slices.DeleteFunc(g.Rotated, func(t time.Time) bool { return !now.Before(t.Add(grace)) })
	g.Rotated = g.Rotated[max(0, len(g.Rotated)-maxRecent):]
}

// accepts reports whether the refresh token of a generation may be used: it is
// the valid one, or it was replaced less than grace ago.
func (g *Grant) accepts(generation int, now time.Time, grace time.Duration) bool {
	i := len(g.Rotated) - (g.Generation - generation)
	switch {
	case generation == g.Generation:
		return true
	case generation > g.Generation || i < 0:
		return false
	}
	return now.Before(g.Rotated[i].Add(grace))
}
