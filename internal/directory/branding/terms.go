package branding

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/userpool"
)

// Errors of terms.
var (
	ErrTermsNotFound = fault.New(fault.NotFound, "terms_not_found", "Terms do not exist.")
	ErrTermsExist    = fault.New(fault.Conflict, "terms_exist", "Terms with this name already exist for the client.")
	ErrTerms         = fault.New(fault.Invalid, "terms_invalid", "The terms are not valid.")
)

// MaxTerms is how many documents a pool may have. Cognito: quotas.
const MaxTerms = 40

// everyLanguage is the document for the languages without their own.
const everyLanguage = "cognito:default"

// Terms are documents of an app client to which its sign-up page is to link: one
// for each language.
type Terms struct {
	ID                string
	Pool              userpool.PoolID
	Client            userpool.ClientID
	Name              string            // terms-of-use or privacy-policy
	Links             map[string]string // from a language to an address
	Created, Modified time.Time
}

// TermsStore keeps terms. See [Store] for what all methods have in common.
type TermsStore interface {
	// CreateTerms fails with ErrTermsExist if the client has some of that name,
	// userpool.ErrClientNotFound, and ErrTooMany if the pool has most.
	CreateTerms(ctx context.Context, t *Terms, most int) error
	// Terms fails with ErrTermsNotFound, as do the other methods for one.
	Terms(ctx context.Context, pool userpool.PoolID, id string) (*Terms, error)
	TermsOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, name string) (*Terms, error)
	// UpdateTerms fails with ErrTermsExist.
	UpdateTerms(ctx context.Context, pool userpool.PoolID, id string, change func(*Terms) error) (*Terms, error)
	DeleteTerms(ctx context.Context, pool userpool.PoolID, id string) error
	// ListTerms returns terms sorted by id, from the one after after.
	ListTerms(ctx context.Context, pool userpool.PoolID, after string, limit int) ([]*Terms, error)
}

// CreateTerms adds terms. ErrTerms, ErrTermsExist, ErrTooMany,
// userpool.ErrClientNotFound.
func (e *Engine) CreateTerms(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, name string, links map[string]string) (*Terms, error) {
	if err := checkLinks(links); err != nil {
		return nil, err
	}
	now := e.now()
	t := &Terms{ID: ids.UUID(), Pool: pool, Client: client, Name: name, Links: links, Created: now, Modified: now}
	err := e.store.CreateTerms(ctx, t, MaxTerms)
	if errors.Is(err, ErrTooMany) {
		err = ErrTooMany.Saying("A user pool may have at most %d terms documents.", MaxTerms)
	}
	if err = nameTerms(err, client, name); err != nil {
		return nil, err
	}
	return t, nil
}

// nameTerms puts the name of terms that exist already into the error's text.
func nameTerms(err error, client userpool.ClientID, name string) error {
	if errors.Is(err, ErrTermsExist) {
		return ErrTermsExist.Saying("Terms with the name %s already exist for client %s.", name, client)
	}
	return err
}

// UpdateTerms changes what is given: a name other than "", and links other than nil,
// which replace all. ErrTerms, ErrTermsExist, ErrTermsNotFound.
func (e *Engine) UpdateTerms(ctx context.Context, pool userpool.PoolID, id, name string, links map[string]string) (*Terms, error) {
	if links != nil {
		if err := checkLinks(links); err != nil {
			return nil, err
		}
	}
	client := userpool.ClientID("")
	t, err := e.store.UpdateTerms(ctx, pool, id, func(t *Terms) error {
		client, t.Modified = t.Client, e.now()
		if name != "" {
			t.Name = name
		}
		if links != nil {
			t.Links = links
		}
		return nil
	})
	return t, nameTerms(err, client, name)
}

// Terms returns terms. ErrTermsNotFound.
func (e *Engine) Terms(ctx context.Context, pool userpool.PoolID, id string) (*Terms, error) {
	return e.store.Terms(ctx, pool, id)
}

// TermsOf returns the terms of a client with a name. ErrTermsNotFound.
func (e *Engine) TermsOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, name string) (*Terms, error) {
	return e.store.TermsOf(ctx, pool, client, name)
}

// DeleteTerms removes terms. ErrTermsNotFound.
func (e *Engine) DeleteTerms(ctx context.Context, pool userpool.PoolID, id string) error {
	return e.store.DeleteTerms(ctx, pool, id)
}

// ListTerms returns a page of a pool's terms, sorted by id, and the id after which
// the next page starts: "" after the last page.
func (e *Engine) ListTerms(ctx context.Context, pool userpool.PoolID, after string, size int) (terms []*Terms, next string, err error) {
	size = userpool.PageSize(size, userpool.MaxPage)
	rows, err := e.store.ListTerms(ctx, pool, after, size+1)
	if err != nil {
		return nil, "", err
	}
	terms, next = userpool.CutPage(rows, size, func(t *Terms) string { return t.ID })
	return terms, next, nil
}

// checkLinks checks that there is a document for every language, and that a browser
// may be sent to each.
func checkLinks(links map[string]string) error {
	if links[everyLanguage] == "" {
		return ErrTerms.Saying("Links needs an entry %s.", everyLanguage)
	}
	for _, language := range slices.Sorted(maps.Keys(links)) {
		u, err := url.Parse(links[language])
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			return ErrTerms.Saying("The link for %s is not a URL that begins with https://.", language)
		}
	}
	return nil
}
