package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Exporter delivers log entries in the background; package logs' does. The stream is
// the id of the pool.
type Exporter interface {
	Deliver(ctx context.Context, arn, stream string, at time.Time, text []byte)
}

// exported is an event as it is exported. Cognito: "Exporting logs from user pools".
type exported struct {
	Version     string   `json:"version"`
	ID          string   `json:"eventId"`
	Type        string   `json:"eventType"`
	Sub         user.Sub `json:"userSub"`
	Username    string   `json:"userName"`
	Pool        string   `json:"userPoolId"`
	Client      string   `json:"clientId"`
	Created     string   `json:"creationDate"`
	Response    string   `json:"eventResponse"`
	Level       Level    `json:"riskLevel"`
	Decision    string   `json:"riskDecision"`
	Challenges  []string `json:"challenges"`
	Device      string   `json:"deviceName"`
	Address     string   `json:"ipAddress"`
	Request     string   `json:"requestId"`
	Provider    string   `json:"idpName"`
	Compromised string   `json:"compromisedCredentialDetected"`
	City        string   `json:"city"`
	Country     string   `json:"country"`
	Feedback    string   `json:"eventFeedbackValue"`
	FeedbackAt  string   `json:"eventFeedbackDate"`
	FeedbackBy  string   `json:"eventFeedbackProvider"`
	Told        string   `json:"hasContextData"`
}

// decisions are the names of decisions in exports.
var decisions = map[string]string{noRisk: "PASS", accountTakeover: "ACCOUNT_TAKEOVER", alwaysBlocked: "BLOCK"}

// export delivers an event if the pool's owner wants it.
func (e *Engine) export(ctx context.Context, p *userpool.Pool, u *user.User, x *Event) error {
	arn := p.LogsTo(userpool.UserAuthEvents)
	if arn == "" || e.exporter == nil {
		return nil
	}
	out := exported{
		Version: "1", ID: x.ID, Type: x.Type, Sub: x.Sub, Username: u.Username, Pool: string(x.Pool), Client: string(x.Client),
		Created: x.Created.UTC().Format("Mon Jan _2 15:04:05 UTC 2006"), Response: x.Response, Level: x.Level, Decision: decisions[x.Decision], Challenges: []string{},
		Device: x.Device, Address: x.Address, Compromised: strconv.FormatBool(x.Compromised), Told: strconv.FormatBool(x.Told),
	}
	if x.Place != nil {
		out.City, out.Country = x.Place.City, x.Place.Country
	}
	for _, a := range x.Answers {
		name, result := "Password", "Failure"
		if a.MFA {
			name = "Mfa"
		}
		if a.Right {
			result = "Success"
		}
		out.Challenges = append(out.Challenges, name+":"+result)
	}
	now := e.now()
	text, err := LogEntry(p.ID, now, "USER_ACTIVITY", "INFO", out)
	if err == nil {
		e.exporter.Deliver(ctx, arn, string(p.ID), now, text)
	}
	return err
}

// LogEntry returns a log entry of a pool in the form that Cognito gives to all.
func LogEntry(pool userpool.PoolID, at time.Time, source, level string, message any) ([]byte, error) {
	text, err := json.Marshal(map[string]any{
		"eventTimestamp": strconv.FormatInt(at.UnixMilli(), 10), "eventSource": source, "logLevel": level,
		"message": message, "logSourceId": map[string]string{"userPoolId": string(pool)},
	})
	if err != nil {
		return nil, fmt.Errorf("encode a log entry of pool %s: %w", pool, err)
	}
	return text, nil
}
