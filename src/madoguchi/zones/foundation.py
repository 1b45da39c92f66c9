"""Settings that every process shares; a zone's settings module adds its apps, addresses and menus."""

import os
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONE, SELF

from madoguchi.platform.ui.languages import LANGUAGES
from madoguchi.zones.configuration import PROBE_VARIABLE, ROLE_VARIABLE, Zone, ZoneFile, ZoneFolder, connection_settings, data_folder

PLATFORM_APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "template_partials",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "madoguchi.platform.audit",
    "madoguchi.platform.accounts",
    "madoguchi.platform.approvals",
    "madoguchi.platform.jobs",
    "madoguchi.platform.documents",
    "madoguchi.platform.exchange",
    "madoguchi.platform.oversight",
    "madoguchi.platform.condition",
    "madoguchi.platform.ui",
    # Last, so that its grants run behind every app's migrations.
    "madoguchi.platform.database",
)


def zone_settings(zone: Zone, domain_apps: tuple[str, ...], *, inner_middleware: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the settings of `zone`; without a data folder (type checks, making migrations) they name no database server."""
    data = data_folder()
    folder = ZoneFolder(data, zone) if data else None
    zone_file = folder.read() if folder and folder.exists() else ZoneFile(zone, "142051", "", "", demo=False)
    known = folder is not None and folder.exists()
    return {
        "MADOGUCHI_ZONE": zone,
        "MADOGUCHI_FOLDER": folder.path if folder else Path("/nonexistent"),
        "MADOGUCHI_SECRETS": folder.secrets if folder else Path("/nonexistent"),
        "MADOGUCHI_ZONE_FILE": zone_file,
        "MADOGUCHI_MUNICIPALITY": zone_file.municipality,
        "MADOGUCHI_INSTALLATION": zone_file.installation,
        "MADOGUCHI_SITE": {"zone": zone, "demo": zone_file.demo, "mode": zone_file.purpose.value},
        "MADOGUCHI_SCREENS": "madoguchi.zones.screens.ROOMS",
        "MADOGUCHI_PUBLIC_URL": zone_file.public_url,
        "MADOGUCHI_PROBE": os.environ.get(PROBE_VARIABLE, ""),
        "SECRET_KEY": folder.secret("django").hex() if known and folder else "no data folder: nothing is signed",
        "DATABASES": {
            "default": connection_settings(folder, zone_file, os.environ.get(ROLE_VARIABLE, "service")),
            # The operation log's page alone reads with it: the service may only add to the log.
            "audit": {**connection_settings(folder, zone_file, "auditor"), "CONN_MAX_AGE": 0},
        }
        if known and folder
        else {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": ""}},
        "DEBUG": False,
        "ALLOWED_HOSTS": list(zone_file.hosts),
        "INSTALLED_APPS": [*PLATFORM_APPS, *domain_apps],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "madoguchi.zones.freshness.NoStore",
            "madoguchi.platform.ui.middleware.PageLanguage",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "madoguchi.platform.accounts.sign_in.SessionLimits",
            "madoguchi.platform.accounts.screen_lock.RefuseWhileLocked",
            "madoguchi.platform.ui.middleware.ProblemPages",
            "madoguchi.platform.ui.middleware.NoNullCharacters",
            "madoguchi.platform.accounts.access.DenyByDefault",
            "madoguchi.platform.documents.not_printed_pages.NotPrintedPages",
            *inner_middleware,
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                        "madoguchi.platform.ui.context.shell",
                    ],
                    "string_if_invalid": "",
                },
            }
        ],
        "FORM_RENDERER": "madoguchi.platform.ui.forms.Renderer",
        "AUTH_USER_MODEL": "accounts.Staff",
        "AUTHENTICATION_BACKENDS": ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {
                "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ["user_id", "name"]},
            },
        ],
        "AXES_FAILURE_LIMIT": 5,
        "AXES_COOLOFF_TIME": 0.25,
        "AXES_LOCKOUT_PARAMETERS": ["username"],
        "AXES_USERNAME_FORM_FIELD": "user_id",
        "AXES_USERNAME_CALLABLE": "madoguchi.platform.accounts.passwords.counted_as",
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_VERBOSE": False,
        # The operation log says it already, and better.
        "AXES_DISABLE_ACCESS_LOG": True,
        "MADOGUCHI_PROXIES": zone_file.proxies,
        "MADOGUCHI_SECOND_FACTOR": zone_file.second_factor,
        "MADOGUCHI_STAFF_ADDRESS": zone_file.staff_address,
        "MADOGUCHI_SINGLE_SIGN_ON": zone_file.single_sign_on,
        "MADOGUCHI_KEY_USER_VERIFICATION": zone_file.key_user_verification,
        "MADOGUCHI_SYNCED_KEYS": zone_file.synced_keys,
        "MADOGUCHI_VIRUS_SCANNER": zone_file.virus_scanner,
        "MADOGUCHI_BACKUP_STAMP": zone_file.backup_stamp,
        "MADOGUCHI_SESSION_IDLE_MINUTES": 15,
        "MADOGUCHI_SESSION_HOURS": 10,
        "OTP_TOTP_ISSUER": "madoguchi",
        "SESSION_ENGINE": "madoguchi.platform.accounts.sessions",
        "SESSION_COOKIE_NAME": f"madoguchi_{zone}_session",
        # Longer than a session lasts, so that the page can say why it ended.
        "SESSION_COOKIE_AGE": 43200,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_SECURE": zone_file.https,
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": f"madoguchi_{zone}_csrf",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": zone_file.https,
        "CSRF_FAILURE_VIEW": "madoguchi.platform.ui.views.form_expired",
        "SECURE_SSL_REDIRECT": zone_file.https,
        "SECURE_HSTS_SECONDS": 31536000 if zone_file.https else 0,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if zone_file.https else None,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [NONE],
                "script-src": [SELF],
                "style-src": [SELF],
                "img-src": [SELF],
                "font-src": [SELF],
                "connect-src": [SELF],
                "manifest-src": [SELF],
                "form-action": [SELF],
                "base-uri": [NONE],
                "object-src": [NONE],
                "frame-ancestors": [NONE],
            }
        },
        "LANGUAGE_CODE": "ja",
        "LANGUAGES": [(language.code, language.name) for language in LANGUAGES],
        "LOCALE_PATHS": [Path(__file__).parent.parent / "locale"],
        "TIME_ZONE": "Asia/Tokyo",
        "USE_TZ": True,
        "USE_I18N": True,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_MAX_AGE": 3600,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2_621_440,
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.TemporaryFileUploadHandler"],
        "FILE_UPLOAD_TEMP_DIR": folder.path / "uploads" if folder and (folder.path / "uploads").is_dir() else None,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": zone_file.mail_host,
        "EMAIL_PORT": zone_file.mail_port,
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": zone_file.mail_from or "madoguchi@localhost",
        "MADOGUCHI_MAIL_REPLY_TO": zone_file.mail_reply_to,
        "MADOGUCHI_MAIL_RETURNS": zone_file.mail_returns,
        "MADOGUCHI_MAIL_RETURNS_MAILBOX": zone_file.mail_returns_mailbox,
        # Axes counts per user id, whoever guesses from wherever; the sign-in page itself shows what its middleware would.
        "SILENCED_SYSTEM_CHECKS": ["axes.W002", "axes.W006"],
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
                    "foreign_pre_chain": [
                        structlog.stdlib.add_log_level,
                        structlog.stdlib.add_logger_name,
                        structlog.processors.TimeStamper(fmt="iso", utc=False),
                        structlog.processors.format_exc_info,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                # A refused form is an answer, not an event of operations.
                "django.request": {"level": "ERROR"},
                # It names user ids and addresses of failed sign-ins; those stand in the operation log.
                "axes": {"level": "ERROR"},
            },
        },
    }
