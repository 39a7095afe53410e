	.file	"x.c"
	.text
	.section	.text.unlikely,"ax",@progbits
.LCOLDB0:
	.text
.LHOTB0:
	.p2align 4
	.globl	f
	.type	f, @function
f:
.LFB0:
	.cfi_startproc
	pushq	%r12
	.cfi_def_cfa_offset 16
	.cfi_offset 12, -16
	movl	%esi, %r12d
	pushq	%rbp
	.cfi_def_cfa_offset 24
	.cfi_offset 6, -24
	movl	%edi, %ebp
	pushq	%rbx
	.cfi_def_cfa_offset 32
	.cfi_offset 3, -32
	call	more@PLT
	testl	%eax, %eax
	jne	.L2
	movl	%eax, %ebx
	testl	%r12d, %r12d
	jle	.L4
	.p2align 4,,10
	.p2align 3
.L3:
	movl	%ebx, %edi
	addl	$1, %ebx
	call	more@PLT
	addl	%eax, %ebp
	cmpl	%ebx, %r12d
	jne	.L3
.L4:
	movl	%ebp, %eax
	popq	%rbx
	.cfi_def_cfa_offset 24
	popq	%rbp
	.cfi_def_cfa_offset 16
	popq	%r12
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
	.section	.text.unlikely
	.cfi_startproc
	.type	f.cold, @function
f.cold:
.LFSB0:
.L2:
	.cfi_def_cfa_offset 32
	.cfi_offset 3, -32
	.cfi_offset 6, -24
	.cfi_offset 12, -16
	leal	1(%rbp), %edi
	call	die@PLT
	.cfi_endproc
.LFE0:
	.text
	.size	f, .-f
f.Lfe:
	.section	.text.unlikely
	.size	f.cold, .-f.cold
f.cold.Lfe:
.LCOLDE0:
	.text
.LHOTE0:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
.LFB0.kpatch:
.Lkpatch_cfi0:
	pushq	%r12
.Lkpatch_cfi1:
	movl	%esi, %r12d
	pushq	%rbp
.Lkpatch_cfi2:
	movl	%edi, %ebp
	pushq	%rbx
.Lkpatch_cfi3:
	call	more.kpatch_ext@PLT
	testl	%eax, %eax
	jne	.L2.kpatch
	movl	%eax, %ebx
	testl	%r12d, %r12d
	jle	.L4.kpatch
	.p2align 4,,10
	.p2align 3
.L3.kpatch:
	movl	%ebx, %edi
	addl	$1, %ebx
	call	more.kpatch_ext@PLT
	addl	%eax, %ebp
	cmpl	%ebx, %r12d
	jne	.L3.kpatch
.L4.kpatch:
	movl	%ebp, %eax
	popq	%rbx
.Lkpatch_cfi4:
	popq	%rbp
.Lkpatch_cfi5:
	popq	%r12
.Lkpatch_cfi6:
	ret
.Lkpatch_cfi7:
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
#----- kpatch: f.cold -----
	.p2align 4
	.type	f.cold.kpatch, @function
f.cold.kpatch:
.LCOLDB0.kpatch:
.Lkpatch_cfi8:
.LFSB0.kpatch:
.L2.kpatch:
.Lkpatch_cfi9:
	leal	2(%rbp), %edi
	call	die.kpatch_ext@PLT
.Lkpatch_cfi10:
.LFE0.kpatch:
	.size	f.cold.kpatch, .-f.cold.kpatch
f.cold.kpatch_end:
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_cie0:
	.long	.Lkpatch_cie_end0-.Lkpatch_cie0-4
	.long	0
	.byte	1
	.string	"zR"
	.uleb128	1
	.sleb128	-8
	.byte	16
	.uleb128	1
	.byte	0x1b
	.byte	0xc,7,8,0x90,1
	.balign	8
.Lkpatch_cie_end0:
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_fde0:
	.long	.Lkpatch_fde_end0-.Lkpatch_fde0-4
	.long	.-.Lkpatch_cie0
	.long	.Lkpatch_cfi0-.
	.long	.Lkpatch_cfi7-.Lkpatch_cfi0
	.uleb128	0
	.byte	4
	.long	.Lkpatch_cfi1-.Lkpatch_cfi0
	.byte	14
	.uleb128	16
	.byte	0x8c
	.uleb128	2
	.byte	4
	.long	.Lkpatch_cfi2-.Lkpatch_cfi1
	.byte	14
	.uleb128	24
	.byte	0x86
	.uleb128	3
	.byte	4
	.long	.Lkpatch_cfi3-.Lkpatch_cfi2
	.byte	14
	.uleb128	32
	.byte	0x83
	.uleb128	4
	.byte	4
	.long	.Lkpatch_cfi4-.Lkpatch_cfi3
	.byte	14
	.uleb128	24
	.byte	4
	.long	.Lkpatch_cfi5-.Lkpatch_cfi4
	.byte	14
	.uleb128	16
	.byte	4
	.long	.Lkpatch_cfi6-.Lkpatch_cfi5
	.byte	14
	.uleb128	8
	.balign	8
.Lkpatch_fde_end0:
	.balign	8
.Lkpatch_fde1:
	.long	.Lkpatch_fde_end1-.Lkpatch_fde1-4
	.long	.-.Lkpatch_cie0
	.long	.Lkpatch_cfi8-.
	.long	.Lkpatch_cfi10-.Lkpatch_cfi8
	.uleb128	0
	.byte	4
	.long	.Lkpatch_cfi9-.Lkpatch_cfi8
	.byte	14
	.uleb128	32
	.byte	0x83
	.uleb128	4
	.byte	0x86
	.uleb128	3
	.byte	0x8c
	.uleb128	2
	.balign	8
.Lkpatch_fde_end1:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
.Lkpatch_name1:
	.string	"f.cold"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.quad	f.cold
	.quad	f.cold.Lfe-f.cold
	.quad	f.cold.kpatch
	.quad	f.cold.kpatch_end-f.cold.kpatch
	.quad	.Lkpatch_name1
	.quad	2
	.popsection
	.weak	more.kpatch_ext
	.hidden	more.kpatch_ext
	.weak	die.kpatch_ext
	.hidden	die.kpatch_ext
#----- kpatch end -----
