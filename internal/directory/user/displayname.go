package user

import "gatehouse/internal/directory/userpool"

// DisplayName returns the name with which the user signs in.
func (u *User) DisplayName(p *userpool.Pool) string {
	for _, a := range p.Settings.UsernameAttributes {
		if v := u.Attributes[a]; v != "" {
			return v
		}
	}
	return u.Username
}
