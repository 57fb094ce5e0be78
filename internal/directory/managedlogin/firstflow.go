package managedlogin

import (
	"cmp"
	"slices"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
)

// byChoice reports whether people say first who they are, and then choose with what
// they sign in.
func (v *visit) byChoice() bool { return signin.ByChoice(v.pool, v.req.Client) }

// first handles the forms that begin a sign-in by choice: the name alone, the name
// with a factor, and the name with a password, as programs send it that know the
// classic form.
func (s *Server) first(v *visit) error {
	name, factor := v.text(fieldUsername), v.text(fieldAnswer)
	switch {
	case name == "":
		return s.showRefusal(v, "", errEmpty)
	case v.r.PostForm.Has(fieldPassword):
		return s.firstPassword(v, name)
	case !slices.Contains(firstOrder, factor):
		return s.offer(v, name)
	}
	return s.begin(v, name, factor)
}

// offer lets the person choose, or begins with the only factor there is.
func (s *Server) offer(v *visit, name string) error {
	all, err := s.SignIn.FirstFactors(v.r.Context(), v.pool, v.req.Client, name, v.req.ACRValues...)
	if err != nil {
		return s.showRefusal(v, name, err)
	}
	factors, err := s.offered(v, all)
	if err != nil {
		return err
	}
	switch {
	case len(factors) == 0:
		return s.showRefusal(v, name, signin.ErrNoFirstFactor)
	case len(factors) > 1:
		return v.show(ChooseFirst{Frame: v.frame, App: v.req.Client.Name, Username: name, Factors: factors})
	case factors[0] == user.ByPassword:
		return v.show(s.passwordPage(v, name, false))
	}
	return s.begin(v, name, factors[0])
}

// offered returns those factors of a user that work here, in the order in which they
// are offered.
func (s *Server) offered(v *visit, factors []string) ([]string, error) {
	list := slices.DeleteFunc(slices.Clone(firstOrder), func(f string) bool { return !slices.Contains(factors, f) })
	if !slices.Contains(list, signin.WebAuthn) {
		return list, nil
	}
	here, err := s.passkeysHere(v)
	if !here {
		list = slices.DeleteFunc(list, func(f string) bool { return f == signin.WebAuthn })
	}
	return list, err
}

// begin begins with a factor. The password has a page of its own, at which nothing
// has begun.
func (s *Server) begin(v *visit, name, factor string) error {
	if factor == user.ByPassword {
		return v.show(s.passwordPage(v, name, true))
	}
	out, err := s.SignIn.Choose(v.r.Context(), v.pool, v.req.Client, signin.Choice{Name: name, Factor: factor, ACR: v.req.ACRValues, Visit: v.from()})
	if err != nil {
		return s.showRefusal(v, name, err)
	}
	return s.next(v, out)
}

// passwordPage returns the sign-in page that asks for the password of a person who
// has said who they are. another: the person can choose another way.
func (s *Server) passwordPage(v *visit, name string, another bool) SignIn {
	p := s.signInPage(v)
	p.Username, p.NameFirst, p.Another = name, false, another
	return p
}

func (s *Server) firstPassword(v *visit, name string) error {
	password := v.secret(fieldPassword)
	if password == "" {
		return s.showRefusal(v, name, errEmpty)
	}
	out, err := s.SignIn.Choose(v.r.Context(), v.pool, v.req.Client, signin.Choice{Name: name, Factor: user.ByPassword, Password: password, ACR: v.req.ACRValues, Visit: v.from()})
	if err != nil {
		return s.showRefusal(v, name, err)
	}
	return s.next(v, out)
}

// nextFirst shows the page for a challenge of a first factor that sends no code.
func (s *Server) nextFirst(v *visit, out *signin.Outcome) error {
	ch := out.Challenge
	factors, err := s.offered(v, ch.Available)
	if err != nil {
		return err
	}
	name := v.named()
	session := ""
	if out.Resumed { // otherwise nothing has begun before the person has chosen
		session = ch.Session.Reveal()
	}
	switch ch.Name {
	case signin.WebAuthn:
		return v.askPasskey(ch, len(factors) > 1 && !out.Resumed)
	case user.ByPassword:
		return v.show(s.stepUpPassword(v, name, session))
	}
	return v.show(ChooseFirst{Frame: v.frame, App: v.req.Client.Name, Username: name, Session: session, Factors: factors})
}

// named returns the name of the person as they know it: the one that was typed, or
// the one of the browser's session.
func (v *visit) named() string { return cmp.Or(v.text(fieldUsername), v.resumes) }

// stepUpPassword returns the page that asks for the password besides what the session
// of the browser has proved.
func (s *Server) stepUpPassword(v *visit, name, session string) SignIn {
	p := s.passwordPage(v, name, false)
	p.Session, p.SignUp = session, false
	return p
}

// chooseToStepUp handles the choice of a factor besides what was proved before.
func (s *Server) chooseToStepUp(v *visit) error {
	out, err := s.answer(v, signin.SelectChallenge, "ANSWER", v.text(fieldAnswer))
	if err != nil {
		return s.retry(v, err, func(text string) error { return s.startOver(v, text) })
	}
	return s.next(v, out)
}

// passwordToStepUp handles the password besides what was proved before.
func (s *Server) passwordToStepUp(v *visit) error {
	out, err := s.answer(v, user.ByPassword, "PASSWORD", v.secret(fieldPassword).Reveal())
	if err == nil {
		return s.next(v, out)
	}
	p := s.stepUpPassword(v, v.text(fieldUsername), v.text(fieldSession))
	return v.again(err, func(text string) error {
		if attemptOver(err) {
			return s.startOver(v, text)
		}
		p.Problem = text
		return v.show(p)
	})
}
