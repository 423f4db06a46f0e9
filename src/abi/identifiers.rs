//! The strings that lie in the interpreter's static data (`_Py_ID`, from 3.13 on also `_Py_STR`), all interned. One-character
//! ones are strings of their own in 3.11 and 3.12 only. Source: Include/internal/pycore_global_strings.h.

use super::Release;

/// Names, divided by `|`, with a mask of the releases that have them: bit n is set for the n-th of [`Release::ALL`].
const GROUPS: &[(u8, &str)] = &[
    (
        0b11111,
        "False|NAME|Py_Repr|TextIOWrapper|True|WarningMessage|__IOBase_closed|__abc_tpflags__|__abs__|\
         __abstractmethods__|__add__|__aenter__|__aexit__|__aiter__|__all__|__and__|__anext__|__annotations__|__args__|\
         __await__|__bases__|__bool__|__build_class__|__builtins__|__bytes__|__call__|__cantrace__|__class__|\
         __class_getitem__|__classcell__|__complex__|__contains__|__del__|__delattr__|__delete__|__delitem__|__dict__|\
         __dir__|__divmod__|__doc__|__enter__|__eq__|__exit__|__file__|__float__|__floordiv__|__format__|__fspath__|\
         __ge__|__get__|__getattr__|__getattribute__|__getinitargs__|__getitem__|__getnewargs__|__getnewargs_ex__|\
         __getstate__|__gt__|__hash__|__iadd__|__iand__|__ifloordiv__|__ilshift__|__imatmul__|__imod__|__import__|\
         __imul__|__index__|__init__|__init_subclass__|__instancecheck__|__int__|__invert__|__ior__|__ipow__|\
         __irshift__|__isabstractmethod__|__isub__|__iter__|__itruediv__|__ixor__|__le__|__len__|__length_hint__|\
         __lltrace__|__loader__|__lshift__|__lt__|__main__|__matmul__|__missing__|__mod__|__module__|__mro_entries__|\
         __mul__|__name__|__ne__|__neg__|__new__|__newobj__|__newobj_ex__|__next__|__notes__|__or__|__orig_class__|\
         __origin__|__package__|__parameters__|__path__|__pos__|__pow__|__prepare__|__qualname__|__radd__|__rand__|\
         __rdivmod__|__reduce__|__reduce_ex__|__repr__|__reversed__|__rfloordiv__|__rlshift__|__rmatmul__|__rmod__|\
         __rmul__|__ror__|__round__|__rpow__|__rrshift__|__rshift__|__rsub__|__rtruediv__|__rxor__|__set__|\
         __set_name__|__setattr__|__setitem__|__setstate__|__sizeof__|__slotnames__|__slots__|__spec__|__str__|__sub__|\
         __subclasscheck__|__subclasshook__|__truediv__|__trunc__|__typing_is_unpacked_typevartuple__|\
         __typing_prepare_subst__|__typing_subst__|__typing_unpacked_tuple_args__|__warningregistry__|__weakref__|\
         __xor__|_abc_impl|_blksize|_bootstrap|_dealloc_warn|_finalizing|_find_and_load|_fix_up_module|_get_sourcefile|\
         _handle_fromlist|_initializing|_is_text_encoding|_lock_unlock_module|_showwarnmsg|_shutdown|_slotnames|\
         _uninitialized_submodules|_warn_unawaited_coroutine|_xoptions|add|append|big|buffer|builtins|c_call|\
         c_exception|c_return|call|clear|close|closed|code|copy|copyreg|decode|default|defaultaction|difference_update|\
         dispatch_table|displayhook|encode|encoding|end_lineno|end_offset|errors|excepthook|exception|extend|filename|\
         fileno|fillvalue|filters|find_class|flush|get|get_source|getattr|getstate|ignore|importlib|inf|intersection|\
         isatty|isinstance|items|iter|join|keys|last_traceback|last_type|last_value|latin1|len|line|lineno|little|\
         locale|match|metaclass|mode|modules|mro|msg|n_fields|n_sequence_fields|n_unnamed_fields|name|newlines|next|\
         obj|offset|onceregistry|opcode|open|parent|path|peek|persistent_id|persistent_load|print_file_and_line|ps1|\
         ps2|raw|read|read1|readable|readall|readinto|readinto1|readline|reducer_override|reload|replace|reset|return|\
         reversed|seek|seekable|send|setstate|sort|stderr|stdin|stdout|strict|symmetric_difference_update|tell|text|\
         threading|throw|top|truncate|unraisablehook|values|version|warnings|warnoptions|writable|write",
    ),
    (
        0b11110,
        "CANCELLED|FINISHED|JSONDecodeError|PENDING|_WindowsConsoleIO|__buffer__|__classdict__|__classdictcell__|\
         __ctypes_from_outparam__|__dictoffset__|__release_buffer__|__type_params__|__weaklistoffset__|_abstract_|\
         _active|_anonymous_|_argtypes_|_as_parameter_|_asyncio_future_blocking|_check_retval_|_feature_version|\
         _fields_|_flags_|_io|_length_|_limbo|_loop|_needs_com_addref_|_restype_|_type_|abs_tol|access|\
         add_done_callback|after_in_child|after_in_parent|alias|arg|argdefs|args|arguments|argv|as_integer_ratio|ast|\
         attribute|autocommit|backtick|base|before|binary_form|block|bound|buffer_callback|buffer_size|buffering|\
         buffers|bufsize|byteorder|bytes|bytes_per_sep|cached_statements|cadata|cafile|call_exception_handler|\
         call_soon|cancel|capath|category|cb_type|certfile|check_same_thread|closefd|closure|co_argcount|co_cellvars|\
         co_code|co_consts|co_exceptiontable|co_filename|co_firstlineno|co_flags|co_freevars|co_kwonlyargcount|\
         co_linetable|co_name|co_names|co_nlocals|co_posonlyargcount|co_qualname|co_stacksize|co_varnames|command|\
         comment_factory|compile_mode|consts|context|contravariant|cookie|coro|count|covariant|cwd|data|database|\
         decoder|delete|depth|detect_types|deterministic|device|dict|digest|digest_size|digestmod|dir_fd|discard|dklen|\
         doc|dont_inherit|dst|dst_dir_fd|eager_start|effective_ids|element_factory|end|endpos|entrypoint|env|event|\
         eventmask|exc_type|exc_value|existing_file_name|exp|extra_tokens|facility|factory|false|family|fanout|fd|fd2|\
         fdel|fget|file|file_actions|filepath|final|fix_imports|flags|follow_symlinks|format|from_param|fromlist|\
         fromtimestamp|fromutc|fset|func|future|generation|get_debug|get_event_loop|get_loop|gid|globals|groupindex|\
         groups|handle|hash_name|header|headers|hi|hook|ident|imag|in_fd|incoming|indexgroup|infer_variance|\
         inheritable|initial|initial_bytes|initial_value|initval|inner_size|input|insert_comments|insert_pis|\
         instructions|intern|is_running|isoformat|isolation_level|istext|item|iterable|iterations|jump|keepends|key|\
         keyfile|kind|kw|kw1|kw2|last|last_exc|last_node|leaf_size|length|level|limit|line_buffering|lo|locals|\
         logoption|loop|mapping|max_length|maxdigits|maxevents|maxmem|maxsplit|maxvalue|memLevel|memlimit|message|\
         metadata|method|mod|module|module_globals|mycmp|name_from|namespace_separator|namespaces|ndigits|\
         new_file_name|new_limit|newline|nlocals|node_depth|node_offset|ns|nstype|nt|null|number|object|offset_dst|\
         offset_src|on_type_read|only_keys|oparg|opener|operation|optimize|options|order|origin|out_fd|outgoing|\
         overlapped|owner|pages|password|pattern|person|pi_factory|pid|policy|pos|pos1|pos2|posix|priority|progress|\
         progress_routine|proto|protocol|query|quotetabs|readonly|real|registry|rel_tol|release|repl|reserved|resetids|\
         reverse|salt|sched_priority|scheduler|selectors|self|sep|sequence|server_hostname|server_side|session|\
         setpgroup|setsid|setsigdef|setsigmask|shape|show_cmd|signed|size|sizehint|skip_file_prefixes|sleep|sock|\
         source|source_traceback|src|src_dir_fd|stacklevel|start|statement|status|step|steps|store_name|strategy|\
         strftime|strict_mode|string|sub_key|tabsize|tag|target|target_is_directory|task|tb_frame|tb_lasti|tb_lineno|\
         tb_next|template|term|timeout|times|timetuple|traceback|trailers|translate|true|twice|txt|type|type_params|tz|\
         tzname|uid|unlink|uri|usedforsecurity|value|volume|wbits|week|weekday|which|who|withdata|write_through|year|\
         zdict",
    ),
    (
        0b11100,
        "%%|.<locals>|.defaults|.generic_base|.kwdefaults|.type_params|1e309|<NULL>|<dictcomp>|<genexpr>|<lambda>|\
         <listcomp>|<module>|<setcomp>|<string>|<unknown>|__firstlineno__|__match_args__|__static_attributes__|\
         _field_types|_only_immortal|_strptime|aclose|allow_code|asend|athrow|cached_datetime_module|callback|\
         col_offset|day|desired_access|end_col_offset|filter|fold|handle_seq|has_location|hour|identity_hint|\
         inherit_handle|initial_owner|initial_state|interval|json.decoder|kwdefaults|label|list index out of range|\
         manual_reset|maxlen|microsecond|milliseconds|minute|month|mutex|nested|second|security_attributes|spam|tzinfo|\
         utf-8|wait_all|warn_on_full_buffer|{{|}}",
    ),
    (0b11010, "id"),
    (
        0b11000,
        ".format|__annotate__|__annotate_func__|__annotations_cache__|__ceil__|__conditional_annotations__|__floor__|\
         _filters|_internal_use|_isatty_open_only|_strptime_datetime_date|_strptime_datetime_datetime|\
         _strptime_datetime_time|align|all|all_threads|any|bit_offset|bit_size|byte_offset|byte_size|c_parameter_type|\
         conversion|d_parameter_type|debug|done|expression|fields|format_spec|frame_buffer|index|io|is_compress|is_raw|\
         is_struct|only_active_thread|outpath|parameter|script|subcalls|timer|timeunit|zstd_dict",
    ),
    (
        0b10000,
        "<GC>|<native>|AGEN_CLOSED|AGEN_CREATED|AGEN_RUNNING|AGEN_SUSPENDED|CORO_CLOSED|CORO_CREATED|CORO_RUNNING|\
         CORO_SUSPENDED|Emax|Emin|GEN_CLOSED|GEN_CREATED|GEN_RUNNING|GEN_SUSPENDED|__lazy_import__|__lazy_modules__|\
         _find_and_load_lazy_submodule|adobe|all_interpreters|alphabet|blocking|c_stack|cache_frames|callable|\
         canonical|capitals|capture_features|chain|clamp|collector|compression|config|ctx|date|days|duration_sec|\
         emptyerror|error_rate|exc|exc_tb|exc_val|exit|fallback|foldspaces|free_threaded|fullerror|gc|hours|\
         ignorechars|implieslink|include_aliases|kwargs|legacy|mask|max_threads|maxsize|microseconds|minutes|\
         missed_samples|modulo|native|opcodes|other|pad|padded|pointer_bits|prec|preserve_exc|progress_callback|qid|\
         qualname|queuetype|recursive|repeat|repr|reqrefs|require_ready|restrict|rounding|sample_interval_us|\
         sample_rate|seconds|shared|short|signum|skip_non_matching_threads|stack_frames|start_time_us|stats|take_bytes|\
         third|time|timespec|timestamp|timestamp_us|traps|unboundop|updates|weeks|wrapcol",
    ),
    (0b01111, "dictcomp|genexpr|lambda|listcomp|setcomp"),
    (0b01110, "aggregate_class|authorizer_callback|n_arg|narg|progress_handler|trace_callback"),
    (0b00111, "__copy__|_annotation"),
    (0b00110, "_pack_|_strptime_datetime|_swappedbytes_"),
    (0b00100, "_align_"),
    (0b00011, "_"),
    (0b00010, "__asyncio_running_event_loop__|a|b|c|d|duration|e|frequency|n|p|r|s|sound|x"),
    (0b00001, "_strptime_time|enable|partial|zipimporter"),
];

impl Release {
    /// The static strings of this release, in the order of their addresses.
    pub fn identifiers(self) -> impl Iterator<Item = &'static str> {
        let bit = 1 << self as u8;
        GROUPS.iter().filter(move |(mask, _)| mask & bit != 0).flat_map(|(_, names)| names.split('|'))
    }
}
