package server

import (
	"net/http"
	"slices"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/gateway/authenticate"
)

// part is a part of the installation with the requests that it answers.
type part struct {
	answers func(host string, r *http.Request) bool
	handler http.Handler
}

// hosts answers each request with the first part that answers its host:
//
//  1. the directory's own host, and the further hosts that it is given
//  2. the team domain of Access
//  3. the hosts of the gateway: its sign-in service and its routes
//  4. the probes, on any other host
//  5. the domains of pools
//
// A route for many hosts (https://*.example.com) must not get the passwords that
// people send to a sign-in page: the gateway leaves the hosts of the other parts
// alone (Server.elsewhere). A host that a route names in full is the route's:
// nobody can take it by making a domain with the API.
func (s *Server) hosts(o *Options) http.Handler {
	parts, home := s.parts(o), ""
	if o.Dev != nil {
		home = o.Config.Directory.URL.String() + "/"
	}
	unreadable := web.StrictTransport(http.HandlerFunc(notAHost))
	nobodys := web.StrictTransport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { noSuchHost(w, r, home) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := web.Host(r)
		if _, _, ok := hostname.Parse(r.Host); !ok && r.Host != "" {
			unreadable.ServeHTTP(w, r)
			return
		}
		for _, p := range parts {
			if p.answers(host, r) {
				p.handler.ServeHTTP(w, r)
				return
			}
		}
		nobodys.ServeHTTP(w, r)
	})
}

func (s *Server) parts(o *Options) []part {
	var all []part
	if s.directory != nil {
		all = append(all, s.ownHost(o))
	}
	if s.gateway != nil && s.gateway.access != nil {
		all = append(all, s.teamDomain())
	}
	if s.gateway != nil {
		all = append(all, s.gatewayHosts())
	}
	all = append(all, s.probesAnywhere())
	if s.directory != nil {
		all = append(all, s.domains(o))
	}
	return all
}

func (s *Server) ownHost(o *Options) part {
	own := []string{hostname.Of(o.Config.Directory.URL.Host)}
	for _, host := range o.Config.Directory.Hosts {
		own = append(own, hostname.Of(host))
	}
	c := o.Config
	pages, probes := web.StrictTransport(s.fromOwnPages(o, s.directory.atOwnHost(o, s))), s.probesOnly()
	return part{
		answers: func(host string, r *http.Request) bool {
			return slices.Contains(own, host) && (c.People == nil || !c.People.AtSignIn || underIssuer(c, r))
		},
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) {
				probes.ServeHTTP(w, r)
				return
			}
			pages.ServeHTTP(w, r)
		}),
	}
}

func (s *Server) domains(o *Options) part {
	return part{
		answers: func(_ string, r *http.Request) bool { return s.directory.hasDomain(r) },
		handler: web.StrictTransport(s.onLowestTLS(s.fromOwnPages(o, s.directory.atDomains()))),
	}
}

func (s *Server) probesAnywhere() part {
	return part{
		answers: func(_ string, r *http.Request) bool { return isProbe(r) },
		handler: s.probesOnly(),
	}
}

func (s *Server) teamDomain() part {
	team := hostname.Of(s.gateway.access.host)
	return part{
		answers: func(host string, _ *http.Request) bool { return host == team && !s.gateway.gateway.Serves(host) },
		handler: web.StrictTransport(web.Within(workLimit, s.gateway.access.api.Handler())),
	}
}

func (s *Server) gatewayHosts() part {
	return part{
		answers: func(host string, r *http.Request) bool {
			return s.gateway.gateway.Serves(host) || r.Method == http.MethodConnect && s.gateway.gateway.Tunnels()
		},
		handler: s.gateway.gateway,
	}
}

// notAHost answers requests whose Host header no part may read: parts that read it
// differently would take one request for two hosts. A request without the header,
// as old health checks send it, has the empty host. RFC 9112 §3.2.
func notAHost(w http.ResponseWriter, r *http.Request) {
	answerAsAsked(w, r, http.StatusBadRequest, cognitoapi.ErrHostUnknown, notAHostPage(web.RequestID(r.Context())))
}

func notAHostPage(requestID string) page.Doc {
	return page.Error{
		Title: "Unreadable address", Text: "The host name of the address can't be read.",
		Advice: "Check the address.", RequestID: requestID,
	}.Doc()
}

// noSuchHost answers requests for a host that no part of the installation has.
// The button of the page leads to home; "" is no button. RFC 9110 §15.5.20.
func noSuchHost(w http.ResponseWriter, r *http.Request, home string) {
	d := noSuchHostPage(web.Host(r), home, web.RequestID(r.Context()))
	answerAsAsked(w, r, http.StatusMisdirectedRequest, cognitoapi.ErrHostUnknown, d)
}

// mayBeHost answers requests for a host that is perhaps the domain of a pool, while
// the database does not answer.
func mayBeHost(w http.ResponseWriter, r *http.Request, err error) {
	web.RetryLater(w.Header())
	var again *page.Link
	if r.Method == http.MethodGet {
		again = &page.Link{Label: "Try again", Href: authenticate.SamePage(r)}
	}
	answerAsAsked(w, r, http.StatusServiceUnavailable, err, mayBeHostPage(again, web.RequestID(r.Context())))
}

func mayBeHostPage(again *page.Link, requestID string) page.Doc {
	return page.Error{
		Title: "Temporarily unavailable", Text: "We can’t tell at the moment what answers at this address.",
		Advice: "Wait a minute and try again.", Retry: again, RequestID: requestID,
	}.Doc()
}

func noSuchHostPage(host, home, requestID string) page.Doc {
	e := page.Error{
		Title: "Nothing answers here", Text: "No part of this installation has the host name " + host + ".",
		Advice: "Check the address. The people who run this installation find its host names in the configuration.", RequestID: requestID,
	}
	if home != "" {
		e.Advice, e.Retry = "", &page.Link{Label: "To the start page", Href: home}
	}
	return e.Doc()
}
