/*
 * The privileges that a configuration can name: all of illumos, SmartOS and Solaris 11, whether or not the
 * system that it comes from had each of them.
 */
#include "config/privilege.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

static const char *const names[] = {
    /* words for several */
    "all",
    "basic",
    "default",
    "none",
    "zone",
    /* one by one */
    "contract_event",
    "contract_identity",
    "contract_observer",
    "cpc_cpu",
    "dax_access",
    "dtrace_kernel",
    "dtrace_proc",
    "dtrace_user",
    "file_audit",
    "file_chown",
    "file_chown_self",
    "file_dac_execute",
    "file_dac_read",
    "file_dac_search",
    "file_dac_write",
    "file_downgrade_sl",
    "file_flag_set",
    "file_link_any",
    "file_owner",
    "file_read",
    "file_setid",
    "file_upgrade_sl",
    "file_write",
    "graphics_access",
    "graphics_map",
    "hyprlofs_control",
    "ipc_dac_read",
    "ipc_dac_write",
    "ipc_owner",
    "net_access",
    "net_bindmlp",
    "net_icmpaccess",
    "net_mac_aware",
    "net_mac_implicit",
    "net_observability",
    "net_privaddr",
    "net_rawaccess",
    "proc_audit",
    "proc_chroot",
    "proc_clock_highres",
    "proc_exec",
    "proc_fork",
    "proc_info",
    "proc_lock_memory",
    "proc_meminfo",
    "proc_owner",
    "proc_priocntl",
    "proc_prioup",
    "proc_secflags",
    "proc_self",
    "proc_session",
    "proc_setid",
    "proc_taskid",
    "proc_zone",
    "sys_acct",
    "sys_admin",
    "sys_audit",
    "sys_config",
    "sys_devices",
    "sys_dl_config",
    "sys_flow_config",
    "sys_fs_import",
    "sys_ib_config",
    "sys_ib_info",
    "sys_ip_config",
    "sys_ipc_config",
    "sys_iptun_config",
    "sys_linkdir",
    "sys_mount",
    "sys_net_config",
    "sys_nfs",
    "sys_ppp_config",
    "sys_res_bind",
    "sys_res_config",
    "sys_resource",
    "sys_share",
    "sys_smb",
    "sys_suser_compat",
    "sys_time",
    "sys_trans_label",
    "virt_manage",
    "win_colormap",
    "win_config",
    "win_dac_read",
    "win_dac_write",
    "win_devices",
    "win_dga",
    "win_downgrade_sl",
    "win_fontpath",
    "win_mac_read",
    "win_mac_write",
    "win_selection",
    "win_upgrade_sl",
    "xvm_control",
};

const char *privilege_find(const char *text, size_t len)
{
        static const char prefix[] = "priv_";
        const size_t n_prefix = sizeof(prefix) - 1;

        if (len > n_prefix && strncasecmp(text, prefix, n_prefix) == 0) {
                text += n_prefix;
                len -= n_prefix;
        }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i]) == len && strncasecmp(names[i], text, len) == 0)
                        return names[i];
        return NULL;
}

bool privilege_includes(const char *word, const char *privilege)
{
        static const char *const whole[] = {"all", "zone", "default"};
        static const char *const basic[] = {"file_link_any", "file_read", "file_write", "net_access",
                                            "proc_exec",     "proc_fork", "proc_info",  "proc_secflags",
                                            "proc_session"}; /* privileges(7) of illumos */

        for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
                if (strcmp(word, whole[i]) == 0)
                        return true;
        for (size_t i = 0; i < ARRAY_SIZE(basic) && strcmp(word, "basic") == 0; i++)
                if (strcmp(privilege, basic[i]) == 0)
                        return true;
        return strcmp(word, privilege) == 0;
}
