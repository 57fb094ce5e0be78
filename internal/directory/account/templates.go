package account

import (
	"strings"

	"gatehouse/internal/directory/userpool"
)

// The texts of messages for pools that have no texts of their own.
var (
	standardVerification = userpool.Template{
		EmailSubject: "Your verification code",
		EmailMessage: "<p>Your code is <strong>{####}</strong>.</p><p>Enter it on the page that asked for it. If you did not ask for a code, you can ignore this message.</p>",
		SMSMessage:   "Your code is {####}",
	}
	standardSignInCode = userpool.Template{
		EmailSubject: "Your sign-in code",
		EmailMessage: "<p>Your code for signing in is <strong>{####}</strong>.</p><p>Never tell it to anybody. If you are not signing in, somebody else knows your password: change it.</p>",
		SMSMessage:   "Your sign-in code is {####}. Never tell it to anybody.",
	}
	standardLink = userpool.Template{
		EmailSubject: "Confirm your account",
		EmailMessage: "<p>{##Confirm your account##}</p><p>The link works for a day. If you did not sign up, you can ignore this message.</p>",
	}
	standardFirstCode = userpool.Template{
		EmailSubject: "Your sign-in code",
		EmailMessage: "<p>Your code for signing in is <strong>{####}</strong>.</p><p>Never tell it to anybody. If you are not signing in, you can ignore this message.</p>",
		SMSMessage:   "Your sign-in code is {####}. Never tell it to anybody.",
	}
	standardInvitation = userpool.Template{
		EmailSubject: "Your account is ready",
		EmailMessage: "<p>An account was made for you.</p><p>Username: <strong>{username}</strong><br>Temporary password: <strong>{####}</strong></p><p>You will choose a password of your own when you sign in.</p>",
		SMSMessage:   "Your username is {username} and your temporary password is {####}",
	}
	standardWelcome = userpool.Template{
		EmailSubject: "Your account is ready",
		EmailMessage: "<p>An account was made for you.</p><p>Username: <strong>{username}</strong></p><p>You sign in without a password.</p>",
		SMSMessage:   "Your account is ready. Your username is {username}",
	}
)

// wording returns t. For an empty text it takes the standard text.
func wording(t, standard userpool.Template) userpool.Template {
	if t.EmailSubject == "" {
		t.EmailSubject = standard.EmailSubject
	}
	if t.EmailMessage == "" {
		t.EmailMessage = standard.EmailMessage
	}
	if t.SMSMessage == "" {
		t.SMSMessage = standard.SMSMessage
	}
	return t
}

// withoutCode drops the texts that have a place for a code, or for a password: in a
// message without one it would be empty.
func withoutCode(t userpool.Template) userpool.Template {
	for _, text := range []*string{&t.EmailMessage, &t.SMSMessage} {
		if strings.Contains(*text, "{####}") {
			*text = ""
		}
	}
	return t
}
