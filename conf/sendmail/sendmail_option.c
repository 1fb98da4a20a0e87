/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_option.h"

/* Those of 8.17 and 8.18, also those that not every build has. */
static const struct {
	const char *name;
	char letter;                    /* 0: it has none */
} options[] = {
	{ "SevenBitInput", '7' },
	{ "EightBitMode", '8' },
	{ "AliasFile", 'A' },
	{ "AliasWait", 'a' },
	{ "BlankSub", 'B' },
	{ "MinFreeBlocks", 'b' },
	{ "CheckpointInterval", 'C' },
	{ "HoldExpensive", 'c' },
	{ "DeliveryMode", 'd' },
	{ "ErrorHeader", 'E' },
	{ "ErrorMode", 'e' },
	{ "TempFileMode", 'F' },
	{ "SaveFromLine", 'f' },
	{ "MatchGECOS", 'G' },
	{ "HelpFile", 'H' },
	{ "MaxHopCount", 'h' },
	{ "ResolverOptions", 'I' },
	{ "IgnoreDots", 'i' },
	{ "ForwardPath", 'J' },
	{ "SendMimeErrors", 'j' },
	{ "ConnectionCacheSize", 'k' },
	{ "ConnectionCacheTimeout", 'K' },
	{ "UseErrorsTo", 'l' },
	{ "LogLevel", 'L' },
	{ "MeToo", 'm' },
	{ "CheckAliases", 'n' },
	{ "OldStyleHeaders", 'o' },
	{ "DaemonPortOptions", 'O' },
	{ "PrivacyOptions", 'p' },
	{ "PostmasterCopy", 'P' },
	{ "QueueFactor", 'q' },
	{ "QueueDirectory", 'Q' },
	{ "DontPruneRoutes", 'R' },
	{ "Timeout", 'r' },
	{ "StatusFile", 'S' },
	{ "SuperSafe", 's' },
	{ "QueueTimeout", 'T' },
	{ "TimeZoneSpec", 't' },
	{ "UserDatabaseSpec", 'U' },
	{ "DefaultUser", 'u' },
	{ "FallbackMXhost", 'V' },
	{ "Verbose", 'v' },
	{ "TryNullMXList", 'w' },
	{ "QueueLA", 'x' },
	{ "RefuseLA", 'X' },
	{ "RecipientFactor", 'y' },
	{ "ForkEachJob", 'Y' },
	{ "ClassFactor", 'z' },
	{ "RetryFactor", 'Z' },
	{ "QueueSortOrder", 0 },
	{ "HostsFile", 0 },
	{ "MinQueueAge", 0 },
	{ "DefaultCharSet", 0 },
	{ "ServiceSwitchFile", 0 },
	{ "DialDelay", 0 },
	{ "NoRecipientAction", 0 },
	{ "SafeFileEnvironment", 0 },
	{ "MaxMessageSize", 0 },
	{ "ColonOkInAddr", 0 },
	{ "MaxQueueRunSize", 0 },
	{ "MaxDaemonChildren", 0 },
	{ "DontExpandCnames", 0 },
	{ "MustQuoteChars", 0 },
	{ "SmtpGreetingMessage", 0 },
	{ "UnixFromLine", 0 },
	{ "OperatorChars", 0 },
	{ "DontInitGroups", 0 },
	{ "SingleLineFromHeader", 0 },
	{ "AllowBogusHELO", 0 },
	{ "ConnectionRateThrottle", 0 },
	{ "UnsafeGroupWrites", 0 },
	{ "DoubleBounceAddress", 0 },
	{ "HostStatusDirectory", 0 },
	{ "SingleThreadDelivery", 0 },
	{ "RunAsUser", 0 },
	{ "RrtImpliesDsn", 0 },
	{ "PidFile", 0 },
	{ "DontBlameSendmail", 0 },
	{ "DontProbeInterfaces", 0 },
	{ "MaxRecipientsPerMessage", 0 },
	{ "DeadLetterDrop", 0 },
	{ "DontLockFilesForRead", 0 },
	{ "MaxAliasRecursion", 0 },
	{ "ConnectOnlyTo", 0 },
	{ "TrustedUser", 0 },
	{ "MaxMimeHeaderLength", 0 },
	{ "ControlSocketName", 0 },
	{ "MaxHeadersLength", 0 },
	{ "MaxForwardEntries", 0 },
	{ "ProcessTitlePrefix", 0 },
	{ "DefaultAuthInfo", 0 },
	{ "DefaultAuthInfo", 0 },
	{ "AuthMechanisms", 0 },
	{ "ClientPortOptions", 0 },
	{ "DataFileBufferSize", 0 },
	{ "XscriptFileBufferSize", 0 },
	{ "LDAPDefaultSpec", 0 },
	{ "ServerCertFile", 0 },
	{ "ServerKeyFile", 0 },
	{ "ClientCertFile", 0 },
	{ "ClientKeyFile", 0 },
	{ "CACertFile", 0 },
	{ "CACertPath", 0 },
	{ "DHParameters", 0 },
	{ "InputMailFilters", 0 },
	{ "Milter", 0 },
	{ "AuthOptions", 0 },
	{ "QueueFileMode", 0 },
	{ "CertFingerprintAlgorithm", 0 },
	{ "CipherList", 0 },
	{ "RandFile", 0 },
	{ "TLSSrvOptions", 0 },
	{ "BadRcptThrottle", 0 },
	{ "DeliverByMin", 0 },
	{ "MaxQueueChildren", 0 },
	{ "MaxRunnersPerQueue", 0 },
	{ "DirectSubmissionModifiers", 0 },
	{ "NiceQueueRun", 0 },
	{ "SharedMemoryKey", 0 },
	{ "AuthMaxBits", 0 },
	{ "MailboxDatabase", 0 },
	{ "UseMSP", 0 },
	{ "DelayLA", 0 },
	{ "FastSplit", 0 },
	{ "SoftBounce", 0 },
	{ "SharedMemoryKeyFile", 0 },
	{ "RejectLogInterval", 0 },
	{ "RequiresDirfsync", 0 },
	{ "ConnectionRateWindowSize", 0 },
	{ "CRLFile", 0 },
	{ "FallbackSmartHost", 0 },
	{ "AuthRealm", 0 },
	{ "CRLPath", 0 },
	{ "HeloName", 0 },
	{ "RefuseLowMem", 0 },
	{ "QueueLowMem", 0 },
	{ "MemoryResource", 0 },
	{ "MaxNOOPCommands", 0 },
	{ "MessageAccept", 0 },
	{ "CheckQueueRunners", 0 },
	{ "EightBitAddrOK", 0 },
	{ "AddrTypeModes", 0 },
	{ "BadRcptShutdown", 0 },
	{ "BadRcptShutdownGood", 0 },
	{ "ServerSSLOptions", 0 },
	{ "ClientSSLOptions", 0 },
	{ "MaxQueueAge", 0 },
	{ "BadRcptThrottleDelay", 0 },
	{ "InetQoS", 0 },
	{ "FIPSMode", 0 },
	{ "RejectNUL", 0 },
	{ "BounceQueue", 0 },
	{ "AddBcc", 0 },
	{ "UseCompressedIPv6Addresses", 0 },
	{ "SSLEngine", 0 },
	{ "SSLEnginePath", 0 },
	{ "TLSFallbacktoClear", 0 },
	{ "NameServer", 0 },
	{ "DANE", 0 },
	{ "NameSearchList", 0 },
	{ "Hacks", 0 },
	{ "KeepBcc", 0 },
	{ "ClientCACertFile", 0 },
	{ "ClientCACertPath", 0 },
	{ "SetCertAltnames", 0 },
	{ "SmtpUTF8", 0 },
	{ "StrictTransportSecurity", 0 },
	{ "CipherSuites", 0 },
};

const char *
sendmail_option_named(struct slice written)
{
	const char *found = NULL;
	unsigned count = 0;

	if (written.n == 0)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		struct slice name = slice_of(options[i].name);

		if (slice_ieq(name, written))
			return options[i].name;
		if (slice_istarts(name, written)) {
			found = options[i].name;
			count++;
		}
	}
	return count == 1 ? found : NULL;
}

const char *
sendmail_option_lettered(char letter)
{
	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (letter != 0 && options[i].letter == letter)
			return options[i].name;
	return NULL;
}
