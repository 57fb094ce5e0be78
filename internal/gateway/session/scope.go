package session

// Origin is where a session comes from: what the identity provider calls the
// person and the sign-in. Issuer and Subject are empty if they are not known.
type Origin struct {
	Issuer          string // the claim "iss"
	Subject         string // the claim "sub"
	ProviderSession string // the claim "sid"; most providers have none
}

// Scope names sessions. The zero value names no session. A person is a subject
// at an issuer, and never an e-mail address: two people can have, or claim, the
// same address.
type Scope struct {
	Everyone bool // every session; the other fields are empty
	ID       ID   // this session; the other fields are empty
	// Origin names the sessions of its Issuer. Subject and ProviderSession narrow
	// them if they are set.
	Origin
}

// Empty reports whether c names no session.
func (c Scope) Empty() bool { return !c.Everyone && c.ID == "" && c.Issuer == "" }

// Person returns the scope of all sessions of the person of s.
func (s *Session) Person() Scope { return personOf(s.ID, s.Origin) }

func personOf(id ID, o Origin) Scope {
	if o.Issuer == "" || o.Subject == "" {
		return Scope{ID: id} // never more than itself
	}
	return Scope{Origin: Origin{Issuer: o.Issuer, Subject: o.Subject}}
}

// Covers reports whether c names the session with an id and an origin.
func (c Scope) Covers(id ID, o Origin) bool {
	switch {
	case c.Everyone:
		return true
	case c.ID != "":
		return c.ID == id
	}
	return c.Issuer != "" && c.Issuer == o.Issuer &&
		(c.Subject == "" || c.Subject == o.Subject) &&
		(c.ProviderSession == "" || c.ProviderSession == o.ProviderSession)
}
