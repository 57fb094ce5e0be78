package managedlogin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// welcomePath is where the link leads that the operator hands to a new user. Its
// query names the client and the user, as that of confirmPath does, and has the
// temporary password.
const (
	welcomePath    = "/welcome"
	paramTemporary = "password"
)

// WelcomeURL returns the address at which a user replaces the temporary password.
// It works until that is done, and for as long as the temporary password is valid.
// base is the address of the pool's pages.
func WelcomeURL(base string, client userpool.ClientID, username string, temporary seal.Secret) string {
	q := url.Values{paramClient: {string(client)}, paramUsername: {username}, paramTemporary: {temporary.Reveal()}}
	return base + welcomePath + "?" + q.Encode()
}

// Welcome is the page at which a new user chooses the first password.
type Welcome struct {
	Frame
	Policy     Policy
	Attributes []Attribute // required ones that have no value yet
	Problem    string
	Wrong      string // the name of the field that Problem is about; empty: none
	Over       bool   // the link does not work, as Problem says
	Home       string // the address of the application; empty: it is not known
}

// Doc returns the page.
func (p Welcome) Doc() page.Doc {
	d := p.doc("Choose your password", problem(p.Problem))
	d.Leaves = false
	if p.Over {
		return p.over(d)
	}
	d.Lead = "You were given an account. Choose a password that only you know."
	form := p.form("", welcomePath, nil)
	form.Body = append(form.Body, p.Policy.passwords("New password", alertIf(p.Wrong == fieldPassword))...)
	form.Body = append(form.Body, attributeFields(p.Attributes)...)
	form.Body = append(form.Body, page.Button{Label: "Save the password", Kind: page.Primary})
	d.Body = append(d.Body, form)
	return d
}

// over completes the page of a link that does not work. It says the same of a link that
// was used and of one that never was right.
func (p Welcome) over(d page.Doc) page.Doc {
	d.Title = "Nothing to choose here"
	d.Lead = "If you have chosen your password already, sign in with it. If not, ask whoever gave you the link for another one."
	if p.Home != "" {
		d.Body = append(d.Body, page.LinkButton{Label: "Go on to sign in", Href: p.Home, Kind: page.Primary})
	}
	return d
}

// Welcomed is the page after a new user has chosen the first password.
type Welcomed struct {
	Frame
	User string // the name with which the user signs in
	Home string // the address of the application; empty: it is not known
}

// Doc returns the page.
func (p Welcomed) Doc() page.Doc {
	d := p.doc("Your password is saved")
	d.Lead, d.Leaves = "You can now sign in to the application as "+p.User+".", false
	if p.Home != "" {
		d.Body = append(d.Body, page.LinkButton{Label: "Go on to sign in", Href: p.Home, Kind: page.Primary})
	}
	return d
}

// homeOf returns the start page of a client's application: the one origin of all its
// callback URLs. It returns "" if they have several, or none that a browser opens.
func homeOf(c *userpool.Client) string {
	home := ""
	for _, text := range c.Settings.CallbackURLs {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return ""
		}
		origin := u.Scheme + "://" + u.Host + "/"
		if home != "" && home != origin {
			return ""
		}
		home = origin
	}
	return home
}

// welcomeByLink answers the link and its form. A link that was used, or never was right,
// has no form: people chose a password, twice, before they learned of it.
func (s *Server) welcomeByLink(w http.ResponseWriter, r *http.Request) error {
	return s.byLink(w, r, ratelimit.UserAuthentication, s.showWelcome, s.welcome)
}

func (s *Server) showWelcome(v *visit) error {
	p := Welcome{Frame: v.frame, Policy: policyOf(v.pool), Problem: v.cut(paramClient, paramUsername, paramTemporary)}
	if p.Problem != "" {
		p.Over = true
		return v.show(p)
	}
	if err := s.limited(ratelimit.UserAuthentication); err != nil {
		return err
	}
	home, err := s.checkWelcome(v)
	kind := fault.KindOf(err)
	switch {
	case linkOver(err):
		v.note(err)
		p.Problem, p.Over, p.Home = linkDead, true, home
	case err != nil && (kind == fault.Internal || kind == fault.Unavailable):
		return err
	} // another refusal, such as too many guesses, is told when the form is sent
	return v.show(p)
}

// checkWelcome returns an error if the link's temporary password does not wait to be
// replaced, and the start page of the application. It counts as a guess.
func (s *Server) checkWelcome(v *visit) (home string, err error) {
	c, err := s.clientOfLink(v)
	if err != nil {
		return "", err
	}
	q := v.r.URL.Query()
	return homeOf(c), s.SignIn.CheckTemporary(v.r.Context(), v.pool, c, q.Get(paramUsername), seal.Secret(q.Get(paramTemporary)), v.from())
}

// linkDead is said of a link that no new password helps.
const linkDead = "This link does not work any more."

// clientOfLink returns the app client that a link names.
func (s *Server) clientOfLink(v *visit) (*userpool.Client, error) {
	return s.Clients.ClientOf(v.r.Context(), v.pool.ID, userpool.ClientID(v.r.URL.Query().Get(paramClient)))
}

// welcome replaces the temporary password of the link by the one that was chosen.
func (s *Server) welcome(v *visit) error {
	p := Welcome{Frame: v.frame, Policy: policyOf(v.pool)}
	u, home, err := s.replaceTemporary(v, &p)
	if err != nil {
		return v.again(err, func(text string) error {
			p.Problem, p.Wrong, p.Over = text, wrongField(err), linkOver(err)
			if p.Over {
				p.Problem, p.Home = linkDead, home
			}
			return v.show(p)
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "welcomed"))
	return v.show(Welcomed{Frame: v.frame, User: u.DisplayName(v.pool), Home: home})
}

// replaceTemporary proves the temporary password and answers its challenge. It gives
// p the attributes that are asked for. It returns the user, and the start page of the
// application.
func (s *Server) replaceTemporary(v *visit, p *Welcome) (u *user.User, home string, err error) {
	ctx, q := v.r.Context(), v.r.URL.Query()
	c, err := s.clientOfLink(v)
	if err != nil {
		return nil, "", err
	}
	web.Note(ctx, slog.String("client", string(c.ID)))
	password, err := v.newPassword()
	switch {
	case err != nil:
		return nil, "", err
	case password == "":
		return nil, "", errEmpty
	}
	name, home := q.Get(paramUsername), homeOf(c)
	out, err := s.SignIn.Password(ctx, v.pool, c, name, seal.Secret(q.Get(paramTemporary)), v.from())
	if err != nil {
		return nil, home, err
	}
	if out.Challenge == nil || out.Challenge.Name != signin.NewPasswordRequired {
		return nil, home, signin.ErrSessionUsed // the password is no temporary one
	}
	answers := map[string]string{"USERNAME": out.User.Username, "NEW_PASSWORD": password.Reveal()}
	for attribute, value := range v.attributes() {
		answers[signin.AttributePrefix+attribute] = value
	}
	for _, missing := range user.MissingAttributes(v.pool, out.User) {
		a := attributeOf(v.pool, missing)
		a.Value = answers[signin.AttributePrefix+missing]
		p.Attributes = append(p.Attributes, a)
	}
	_, err = s.SignIn.Answer(ctx, v.pool, c, signin.Response{
		Challenge: signin.NewPasswordRequired, Session: out.Challenge.Session, Answers: answers, Visit: v.from(),
	})
	return out.User, home, err
}

// linkOver reports whether no new password helps: the link was used, is too old, or
// was never right.
func linkOver(err error) bool {
	over := []error{signin.ErrWrongPassword, signin.ErrTemporaryExpired, userpool.ErrClientNotFound, user.ErrUserNotFound}
	return attemptOver(err) || slices.ContainsFunc(over, func(e error) bool { return errors.Is(err, e) })
}
