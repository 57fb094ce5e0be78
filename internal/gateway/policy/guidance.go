package policy

import "strings"

// Guidance is what an administrator wrote for the people whom one policy of
// sub_policies refuses. It is plain text.
type Guidance struct {
	Explanation string `json:"explanation,omitempty"` // what the policy asks for
	Remediation string `json:"remediation,omitempty"` // what the person can do
}

// IsZero reports whether nothing was written.
func (g Guidance) IsZero() bool { return g == Guidance{} }

// Text returns the guidance in one line.
func (g Guidance) Text() string {
	return strings.Join(strings.Fields(g.Explanation+" "+g.Remediation), " ")
}

// guided is a policy of sub_policies that has guidance.
type guided struct {
	path string // of the groups that it holds
	Guidance
}

// Guidance returns what is written in the policies that refused the request, in the
// order of the file: in those that deny it or, if none does, in those that allow
// somebody and not this person. It is nil unless the request is refused: who has to
// sign in or to prove a device is not refused yet. Pomerium shows the guidance of all
// policies beside their results.
func (d Decision) Guidance() []Guidance {
	if d.policy == nil || d.Outcome != Deny && d.Outcome != CertificateRequired {
		return nil
	}
	var all []Guidance
	for _, g := range d.policy.guided {
		refuses := d.policy.allow.has(g.path)
		if d.Deny.Value {
			refuses = d.policy.deny.under(g.path).holds(d.request, unknown)
		}
		if refuses {
			all = append(all, g.Guidance)
		}
	}
	return all
}

// under returns the groups of the policy at a path.
func (s side) under(path string) (found side) {
	for _, b := range s {
		if strings.HasPrefix(b.path, path+".") {
			found = append(found, b)
		}
	}
	return found
}

func (s side) has(path string) bool { return len(s.under(path)) > 0 }

// holds reports whether the value of a group is least or higher.
func (s side) holds(r *Request, least truth) bool {
	v, _ := s.eval(r, least)
	return v.Value
}
