package cognitoapi

import (
	"time"
)

// pageToken is what a list's continuation token carries, sealed: which list it
// continues, and after what. It is good for an hour. Cognito: ListUsers.
type pageToken struct {
	List  string // the operation and what it was asked for
	After string
}

const pageContext = "page-token"

// after opens a continuation token for list; none means the beginning.
func (a *API) after(list string, token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	var t pageToken
	if err := a.Sealer.OpenText(*token, pageContext, &t); err != nil {
		return "", ErrPageToken.Because(err)
	}
	if t.List != list {
		return "", ErrPageToken
	}
	return t.After, nil
}

// next makes a continuation token; nil when after is "", on the last page.
func (a *API) next(list, after string) (*string, error) {
	if after == "" {
		return nil, nil
	}
	s, err := a.Sealer.SealTextUntil(pageToken{list, after}, pageContext, a.Now().Add(time.Hour))
	return &s, err
}

// limit returns a page's size: what was asked for, or standard for 0 and none.
func limit(asked *int64, standard int) int {
	if n := int(val(asked)); n > 0 {
		return min(n, standard)
	}
	return standard
}

// page cuts what was read with one row more than a page holds. key names a row
// for the next page to start after.
func page[T any](rows []T, size int, key func(T) string) (kept []T, after string) {
	if len(rows) <= size {
		return rows, ""
	}
	return rows[:size], key(rows[size-1])
}
