/** The one door to the generated types: the server's words, and the stream vocabulary that OpenAPI cannot say exactly. */
import type { components } from "@/gen/api";

type Schemas = components["schemas"];

export type Bookmark = Schemas["Bookmark"];
export type BookmarkList = Schemas["BookmarkList"];
export type Citation = Schemas["Citation"];
export type Conversation = Omit<Schemas["Conversation"], "parameters"> & { parameters?: ParameterChoice };
export type ConversationImport = Schemas["ConversationImport"];
export type ConversationList = Schemas["ConversationList"];
export type CorrectDocument = Schemas["CorrectDocument"];
export type DeletedMessages = Schemas["DeletedMessages"];
export type Document = Schemas["Document"];
export type DocumentError = Schemas["DocumentError"];
export type DocumentList = Schemas["DocumentList"];
export type DocumentTagsList = Schemas["DocumentTagsList"];
export type DocumentStatus = Schemas["DocumentStatus"];
export type Doubt = Schemas["Doubt"];
export type Fragment = Schemas["Fragment"];
export type ForkConversation = Pick<Schemas["ForkConversation"], "message_id"> & Partial<Schemas["ForkConversation"]>;
export type ForkScope = Schemas["ForkScope"];
export type GonePictures = Schemas["GonePictures"];
export type Grounding = Schemas["Grounding"];
export type Help = Schemas["Help"];
export type Image = Schemas["Image"];
export type Job = Schemas["Job"];
export type CacheReport = Schemas["CacheReport"];
export type JobList = Schemas["JobList"];
export type LogLevel = Schemas["LogLevel"];
export type LogLine = Schemas["LogLine"];
export type LogLines = Schemas["LogLines"];
export type LibraryTagList = Schemas["LibraryTagList"];
export type LocalService = Schemas["LocalService"];
export type Message = Schemas["Message"];
export type MessageList = Schemas["MessageList"];
export type MessageStatus = Schemas["MessageStatus"];
export type Model = Schemas["Model"];
export type TokenCount = Schemas["TokenCount"];
export type TokenPrices = Schemas["TokenPrices"];
export type ModelList = Schemas["ModelList"];
export type ModelSource = Schemas["ModelSource"];
export type ParameterChoice = { preset_id?: string | null; values: ParameterSet };
export type ParameterSet = Partial<Schemas["ParameterSet"]>;
export type PassageView = Schemas["PassageView"];
export type Preset = Omit<Schemas["Preset"], "values"> & { values: ParameterSet };
export type PresetList = { presets: Preset[] };
export type PromptTemplate = Schemas["PromptTemplate"];
export type Problem = Schemas["Problem"];
export type Provider = Schemas["Provider"];
export type ProviderList = Schemas["ProviderList"];
export type ProviderTest = Schemas["ProviderTest"];
export type Receipt = Schemas["Receipt"];
export type Entry = Schemas["Entry"];
export type EntryChange = Schemas["EntryChange"];
export type EntryDetail = Schemas["EntryDetail"];
export type EntryField = Schemas["EntryField"];
export type FacetValue = Schemas["FacetValue"];
export type SearchFacet = Schemas["SearchFacet"];
export type SentParameters = Omit<Schemas["SentParameters"], "values"> & { values: ParameterSet };
export type SearchHit = Schemas["SearchHit"];
export type Meaning = Schemas["Meaning"];
export type SearchChip = Schemas["SearchChip"];
export type SearchReport = Schemas["SearchReport"];
export type SimilarPassages = Schemas["SimilarPassages"];
export type SearchResult = Schemas["SearchResult"];
export type SynonymLists = Schemas["SynonymLists"];
export type CreateShare = Pick<Schemas["CreateShare"], "conversation_id"> & Partial<Schemas["CreateShare"]>;
export type Share = Schemas["Share"];
export type ShareList = Schemas["ShareList"];
export type ShareShown = Schemas["ShareShown"];
export type SharedConversation = Schemas["SharedConversation"];
export type SharedMessage = Schemas["SharedMessage"];
export type SharedSource = Schemas["SharedSource"];
export type UpdateShare = Partial<Schemas["UpdateShare"]>;
export type Settings = Omit<Schemas["Settings"], "parameters"> & { parameters?: ParameterSet };
/** What is given is changed. */
export type UpdateSettings = Partial<Omit<Settings, "local_only_in_file" | "attachment_days_in_file">>;
export type Status = Schemas["Status"];
export type SystemFacts = Schemas["SystemFacts"];
export type TakenParameter = Schemas["TakenParameter"];
export type ImportedTemplate = Schemas["ImportedTemplate"];
export type KeptTemplate = Schemas["KeptTemplate"];
export type RenderedTemplate = Schemas["RenderedTemplate"];
export type TemplateHistory = Schemas["TemplateHistory"];
export type TemplateImport = Schemas["TemplateImport"];
export type TemplateList = Schemas["TemplateList"];
export type TemplateProblem = Schemas["TemplateProblem"];
export type TemplateSummary = Schemas["TemplateSummary"];
export type TemplateVariable = Schemas["TemplateVariable"];
export type Tool = Schemas["Tool"];
export type ToolChoices = Schemas["ToolChoices"];
export type ToolDecision = Schemas["ToolDecision"];
export type ToolList = Schemas["ToolList"];
export type ToolUse = Schemas["ToolUse"];
export type TurnStarted = Schemas["TurnStarted"];
export type UploadedFile = Schemas["UploadedFile"];
export type UploadResult = Schemas["UploadResult"];
export type Alert = Schemas["Alert"];
export type AlertList = Schemas["AlertList"];
export type AlertSettings = Schemas["AlertSettings"];
export type AlertWebhook = Schemas["AlertWebhook"];
export type AnomalyList = Schemas["AnomalyList"];
export type Budget = Schemas["Budget"];
export type BudgetList = Schemas["BudgetList"];
export type CreatedWebhook = Schemas["CreatedWebhook"];
export type MoneyAnomaly = Schemas["MoneyAnomaly"];
export type MoneyForecast = Schemas["MoneyForecast"];
export type MoneyReport = Schemas["MoneyReport"];
export type Savings = Schemas["Savings"];
export type WatchedFolder = Schemas["WatchedFolder"];
export type WatchedFolderList = Schemas["WatchedFolderList"];
export type WatchFolder = Schemas["WatchFolder"];
export type WebhookTest = Schemas["WebhookTest"];
export type BeginComparison = Pick<Schemas["BeginComparison"], "question"> & {
  title?: string | null;
  blind?: boolean;
  columns: readonly NewCompareColumn[];
};
export type CastCompareVote = Schemas["CastCompareVote"];
export type CompareAnswer = Schemas["CompareAnswer"];
export type CompareColumn = Schemas["CompareColumn"];
export type CompareDetail = Schemas["CompareDetail"];
export type CompareDifference = Schemas["CompareDifference"];
export type CompareMerge = Schemas["CompareMerge"];
export type CompareQuestion = Schemas["CompareQuestion"];
export type CompareStep = Schemas["CompareStep"];
export type CompareTurn = Schemas["CompareTurn"];
export type CompareVote = Schemas["CompareVote"];
export type ComparisonHead = Schemas["ComparisonHead"];
export type Comparisons = Schemas["Comparisons"];
export type NewCompareColumn = Partial<Schemas["NewCompareColumn"]>;
export type NewCompareMerge = Partial<Schemas["NewCompareMerge"]>;
export type NewSetRun = { columns: readonly NewCompareColumn[]; judge?: string; cap_usd?: string | null };
export type PromptAssertion = Schemas["PromptAssertion"];
export type PromptSet = Schemas["PromptSet"];
export type PromptSets = Schemas["PromptSets"];
export type PutPromptSet = Schemas["PutPromptSet"];
export type SetCell = Schemas["SetCell"];
export type SetGrid = Schemas["SetGrid"];
export type SetPrompt = Schemas["SetPrompt"];
export type SetRun = Schemas["SetRun"];
export type SetRunEstimate = Schemas["SetRunEstimate"];
export type SetRuns = Schemas["SetRuns"];
export type CastVote = Schemas["CastVote"];
export type ChangeExperiment = Schemas["ChangeExperiment"];
export type Comparison = Schemas["Comparison"];
export type Experiment = Schemas["Experiment"];
export type ExperimentList = Schemas["ExperimentList"];
export type ExperimentOutlook = Schemas["ExperimentOutlook"];
export type FeedbackList = Schemas["FeedbackList"];
export type PreferenceReport = Schemas["PreferenceReport"];
export type PutExperiment = Schemas["PutExperiment"];
export type PutFeedback = Schemas["PutFeedback"];
export type PutPreferences = Schemas["PutPreferences"];
export type ImportStep = Schemas["ImportStep"];
export type ImportFailure = Schemas["ImportError"];
export type LookEffect = Schemas["LookEffect"];
export type RatingList = Schemas["RatingList"];
export type TrailPoint = Schemas["TrailPoint"];
export type Variant = Schemas["Variant"];
export type VariantFigures = Schemas["VariantFigures"];
export type AnswerFeedback = Schemas["Feedback"];
export type RatedModel = Schemas["Rating"];
export type Vendor = Schemas["Vendor"];
export type AppEvent =
  | Schemas["AppEvent"]
  | { type: "health_changed"; deployment: string; from: string; to: string; error?: string | null }
  | { type: "sla_changed"; provider: string; target: string; met: boolean; message: string };
export type Attempt = Schemas["Attempt"];
export type Exchange = Schemas["Exchange"];
export type ExchangeCost = Schemas["ExchangeCost"];
export type ExchangeDetail = Schemas["ExchangeDetail"];
export type ExchangeList = Schemas["ExchangeList"];
export type KeptBodies = Schemas["KeptBodies"];
export type KeptBody = Schemas["KeptBody"];
export type RouteCandidate = Schemas["RouteCandidate"];
export type RouteExplanation = Schemas["RouteExplanation"];
export type TaskClass = Schemas["TaskClass"];
export type Breaker = Schemas["Breaker"];
export type CreatedKey = Schemas["CreatedKey"];
export type DeploymentHealth = Schemas["DeploymentHealth"];
export type HealthMinute = Schemas["HealthMinute"];
export type HealthReport = Schemas["HealthReport"];
export type Key = Schemas["Key"];
export type KeyList = Schemas["KeyList"];
export type ModelTest = Schemas["ModelTest"];
export type ProviderHealth = Schemas["ProviderHealth"];
export type PutRoute = Schemas["PutRoute"];
export type PutSla = Schemas["PutSla"];
export type Retention = Schemas["Retention"];
export type RetentionState = Schemas["RetentionState"];
export type Route = Schemas["Route"];
export type RouteList = Schemas["RouteList"];
export type RouteMember = Schemas["RouteMember"];
export type Sla = Schemas["Sla"];
export type TriedRoute = Schemas["TriedRoute"];
export type Timings = Schemas["Timings"];
export type Arrangement = Schemas["Arrangement"];
export type ConversationPlaces = Schemas["ConversationPlaces"];
export type Folder = Schemas["Folder"];
export type FolderList = Schemas["FolderList"];
export type SearchHint = Schemas["SearchHint"];
export type Shelves = Schemas["Shelves"];
export type CreateFolder = Pick<Schemas["CreateFolder"], "name"> & Partial<Schemas["CreateFolder"]>;
export type UpdateFolder = Partial<Omit<Schemas["UpdateFolder"], "place">> & {
  place?: Partial<Schemas["FolderPlace"]>;
};
export type Cast = Partial<Schemas["Cast"]>;
export type ImportedConversation = Schemas["ImportedConversation"];
export type ImportedFile = Schemas["ImportedFile"];
export type ImportedPersona = Schemas["ImportedPersona"];
export type KeptPersona = Omit<Schemas["KeptPersona"], "persona"> & { persona: Persona };
export type LoreEntry = Partial<Omit<Schemas["LoreEntry"], "extensions">> & { extensions?: Record<string, unknown> };
export type Lorebook = Partial<Omit<Schemas["Lorebook"], "entries">> & { entries?: LoreEntry[] };
export type LoreTold = Schemas["LoreTold"];
/** A persona as it is sent and comes: what says nothing may be missing. */
export type Persona = Partial<Omit<Schemas["Persona"], "style" | "lorebook" | "extensions" | "unknown">> & {
  style?: Partial<Schemas["Style"]>;
  lorebook?: Lorebook | null;
  extensions?: Record<string, unknown>;
  unknown?: unknown;
};
export type Group = Schemas["Group"];
export type GroupMember = Schemas["GroupMember"];
export type GroupState = Schemas["GroupState"];
export type PersonaBond = Schemas["PersonaBond"];
export type PersonaCheck = Schemas["PersonaCheck"];
export type PersonaChecks = Schemas["PersonaChecks"];
export type PersonaFeeling = Schemas["PersonaFeeling"];
export type PersonaFeelings = Schemas["PersonaFeelings"];
export type PersonaQuestion = Schemas["PersonaQuestion"];
export type PersonaQuestions = Schemas["PersonaQuestions"];
export type PersonaRelation = Schemas["PersonaRelation"];
export type PersonaTemper = Schemas["PersonaTemper"];
export type PersonaTemplate = Omit<Schemas["PersonaTemplate"], "persona"> & { persona: Persona };
export type PersonaFinding = Schemas["PersonaFinding"];
export type PersonaHistory = Schemas["PersonaHistory"];
export type PersonaImport = Schemas["PersonaImport"];
export type AddedFacts = Schemas["AddedFacts"];
export type ChangeList = Schemas["ChangeList"];
export type ConversationRecap = Schemas["ConversationRecap"];
export type Fact = Schemas["Fact"];
export type FactChange = Schemas["FactChange"];
export type FactDetail = Schemas["FactDetail"];
export type FactList = Schemas["FactList"];
export type MapLine = Schemas["MapLine"];
export type MapNode = Schemas["MapNode"];
export type McpImport = Schemas["McpImport"];
export type McpServer = Schemas["McpServer"];
export type McpServerList = Schemas["McpServerList"];
export type McpSkipped = Schemas["McpSkipped"];
export type McpTest = Schemas["McpTest"];
export type McpTransport = Schemas["McpTransport"];
export type MemoryErased = Schemas["MemoryErased"];
export type MemoryMap = Schemas["MemoryMap"];
export type MemoryProfile = Schemas["MemoryProfile"];
export type RecalledFacts = Schemas["RecalledFacts"];
export type ScopeList = Schemas["ScopeList"];
export type PersonaList = Schemas["PersonaList"];
export type PersonaPreview = Schemas["PersonaPreview"];
export type PersonaStatistics = Schemas["PersonaStatistics"];
export type PersonaSummary = Schemas["PersonaSummary"];
export type PreviewMessage = Schemas["PreviewMessage"];
export type SuggestedTrait = Schemas["SuggestedTrait"];
export type SuggestedTraits = Schemas["SuggestedTraits"];
export type UsageByClass = Schemas["UsageByClass"];

/** Requests in which what is left out keeps the server's default. */
export type CreateConversation = Partial<Omit<Schemas["CreateConversation"], "cast" | "parameters">> & {
  cast?: Cast;
  parameters?: ParameterChoice;
};
export type UpdateConversation = Partial<Omit<Schemas["UpdateConversation"], "cast" | "parameters">> & {
  cast?: Cast;
  parameters?: ParameterChoice;
};
export type StartTurn = Pick<Schemas["StartTurn"], "text"> & Partial<Schemas["StartTurn"]>;
export type Regenerate = Partial<Schemas["Regenerate"]>;
export type PutProvider = Pick<Schemas["PutProvider"], "vendor"> & Partial<Schemas["PutProvider"]>;
export type CreateKey = Pick<Schemas["CreateKey"], "name"> & Partial<Schemas["CreateKey"]>;
export type UpdateKey = Partial<Schemas["UpdateKey"]>;
export type CreateMcpServer = Pick<Schemas["CreateMcpServer"], "name"> & Partial<Schemas["CreateMcpServer"]>;
export type ChangeMcpServer = Partial<Schemas["ChangeMcpServer"]>;
export type EditFact = Partial<Schemas["EditFact"]>;
export type TryRoute = Pick<Schemas["TryRoute"], "model"> & Partial<Schemas["TryRoute"]>;

export type CreateWebhook = Pick<Schemas["CreateWebhook"], "name" | "url"> & Partial<Schemas["CreateWebhook"]>;
export type UpdateWebhook = Partial<Schemas["UpdateWebhook"]>;
export type PutAlertSettings = Pick<Schemas["PutAlertSettings"], "thresholds"> & Partial<Schemas["PutAlertSettings"]>;
export type PutBudget = Pick<Schemas["PutBudget"], "scope" | "period" | "limit_usd"> & Partial<Schemas["PutBudget"]>;

/** One step of an answer, as `crates/llm/src/event.rs` writes it. */
export type ChatEvent =
  | { type: "started"; id?: string | null; model?: string | null }
  | { type: "text"; delta: string }
  | { type: "reasoning"; delta: string }
  | { type: "reasoning_sealed"; signature?: string | null; redacted?: string | null }
  | { type: "tool_call_started"; index: number; id: string; name: string; signature?: string | null }
  | { type: "tool_call_arguments"; index: number; delta: string }
  | ({ type: "citation" } & Citation)
  | { type: "refusal"; delta: string }
  | { type: "usage"; input: number; cached_input: number; cache_write: number; output: number; reasoning: number }
  | { type: "stopped"; reason: string | { stop_sequence: string | null } };

/** What the event stream of a conversation tells, with the delta's event in its own type. */
export type TurnEvent =
  Exclude<Schemas["TurnEvent"], { type: "delta" }> | { type: "delta"; message_id: string; event: ChatEvent };
