package proxy

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/relyingparty"
)

// A person who wants a route that names no provider chooses one, if there are several.
// The authenticate host remembers in a cookie at which one the person signed in last,
// and sends them there at once the next time. Somebody who comes back from there without
// having signed in is asked again: they may have wanted another.

// choiceCookie holds the id of the provider, and after a dot the Unix time at which the
// browser was sent there, until the sign-in succeeds.
const choiceCookie = "_gatehouse_provider"

const (
	choiceLife = 90 * 24 * time.Hour
	// sentTogether is how long after the first window the others of a browser that
	// opens several at once are sent to the same provider.
	sentTogether = 10 * time.Second
	// choiceStale is when the page that asks is opened again, for new links: a little
	// before the links end.
	choiceStale = linkLife - 30*time.Second
)

// providerByID returns a provider, or nil.
func (p *pomerium) providerByID(id string) relyingparty.Provider {
	if p.providers == nil {
		return nil
	}
	return p.providers.ByID(id)
}

// choices returns the providers among which people choose.
func (p *pomerium) choices() []relyingparty.Provider {
	if p.providers == nil {
		return nil
	}
	return p.providers.Choices()
}

// choice returns one of the choices by id, or nil.
func (p *pomerium) choice(id string) relyingparty.Provider {
	return authenticate.ProviderList(p.choices()).ByID(id)
}

// chosen returns the provider at which the person of a signed link signs in: the one
// that the link names, the only one, or the one that the browser remembers. It returns
// nil if the person must be asked.
func (p *pomerium) chosen(w http.ResponseWriter, r *http.Request, q url.Values) (relyingparty.Provider, error) {
	var only relyingparty.Provider
	switch all := p.choices(); {
	case q.Get(paramProvider) != "":
		only = p.providerByID(q.Get(paramProvider))
	case len(all) > 1 && q.Get(paramAnother) == "true":
		return nil, nil
	case len(all) > 1:
		return p.remembered(w, r), nil
	case len(all) == 1:
		only = all[0]
	}
	if only == nil {
		return nil, ErrNoProvider
	}
	return only, nil
}

// remembered returns the provider to which the browser goes by itself, and notes that it
// was sent there. It returns nil if the person must be asked.
func (p *pomerium) remembered(w http.ResponseWriter, r *http.Request) relyingparty.Provider {
	id, sent := p.readChoice(r)
	provider := p.choice(id)
	now := p.now()
	if provider == nil || !sent.IsZero() && now.Sub(sent).Abs() > sentTogether {
		return nil
	}
	if sent.IsZero() {
		p.writeChoice(w, id+"."+strconv.FormatInt(now.Unix(), 10))
	}
	return provider
}

// readChoice returns what the browser remembers. sent is zero if the last sign-in
// succeeded.
func (p *pomerium) readChoice(r *http.Request) (id string, sent time.Time) {
	values := web.CookieValues(r, web.Prefixed(choiceCookie, p.secure(p.host)))
	if len(values) != 1 { // none, or a planted one
		return "", time.Time{}
	}
	id, at, found := strings.Cut(values[0], ".")
	if !found {
		return id, time.Time{}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return "", time.Time{}
	}
	return id, time.Unix(seconds, 0)
}

func (p *pomerium) writeChoice(w http.ResponseWriter, value string) {
	web.SetPrefixed(w, choiceCookie, value, p.secure(p.host), choiceLife)
}

// remember keeps the provider at which a person has signed in.
func (p *pomerium) remember(w http.ResponseWriter, id string) {
	if len(p.choices()) > 1 && p.choice(id) != nil {
		p.writeChoice(w, id)
	}
}

// forget makes the page ask the next time.
func (p *pomerium) forget(w http.ResponseWriter, r *http.Request) {
	name := web.Prefixed(choiceCookie, p.secure(p.host))
	if len(web.CookieValues(r, name)) > 0 {
		web.ClearPrefixed(w, choiceCookie, p.secure(p.host))
	}
}

// ask shows the page where a person chooses. Each choice is the same link again, with a
// provider.
func (p *pomerium) ask(w http.ResponseWriter, r *http.Request, q url.Values, to destination) error {
	last, _ := p.readChoice(r)
	choose := choosePage{host: hostOf(to.Callback)}
	for _, c := range p.choices() {
		link := maps.Clone(q)
		link.Set(paramProvider, c.ID())
		choose.choices = append(choose.choices, choice{authenticate.NameOf(c), p.links.sign(p.base+pathSignIn, link, p.now()), c.ID() == last})
	}
	if !to.Program {
		w.Header().Set("Refresh", strconv.Itoa(int(choiceStale.Seconds()))+"; url="+to.Redirect)
	}
	return p.answers.page(w, http.StatusOK, choose.doc())
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// choosePage asks where to sign in.
type choosePage struct {
	host    string // of the application
	choices []choice
}

type choice struct {
	name, link string
	last       bool // the person signed in there last
}

func (c choosePage) doc() page.Doc {
	sorted := slices.Clone(c.choices)
	slices.SortStableFunc(sorted, func(a, b choice) int {
		switch {
		case a.last == b.last:
			return 0
		case a.last:
			return -1
		}
		return 1
	})
	var tiles page.Links
	for _, c := range sorted {
		tile := page.Tile{Title: c.name, Href: c.link}
		if c.last {
			tile.Text = "You signed in here last."
		}
		tiles = append(tiles, tile)
	}
	return page.Doc{Title: "Sign in", Lead: "Choose where to sign in for " + c.host + ".", Body: page.Blocks{tiles}}
}
