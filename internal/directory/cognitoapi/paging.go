package cognitoapi

import (
	"time"
)

// continuation is the content of a page token, which is sealed. The token is
// valid for an hour. Cognito: ListUsers.
type continuation struct {
	List  string // the operation and what it lists, so that no other list takes the token
	After string // where the page ended
}

const pageContext = "page-token"

// after returns where the page ended that came with a token, or "" without a
// token: the first page. ErrPageToken if the token belongs to another list.
func (a *API) after(list string, token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	var c continuation
	if err := a.Sealer.OpenText(*token, pageContext, &c); err != nil {
		return "", ErrPageToken.Because(err)
	}
	if c.List != list {
		return "", ErrPageToken
	}
	return c.After, nil
}

// pageToken returns the token for the page of list that starts after next. It
// returns nil, and so no token in the response, if next is "": there is no such
// page.
func (a *API) pageToken(list, next string) (*string, error) {
	if next == "" {
		return nil, nil
	}
	s, err := a.Sealer.SealTextUntil(continuation{list, next}, pageContext, a.Now().Add(time.Hour))
	return &s, err
}
